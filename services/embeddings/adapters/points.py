"""A post as a point: its payload, its words, its fingerprint, and what a found point says. For both homes alike."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from qdrant_edge import Bm25, Bm25Config

from services.embeddings.adapters.layout import (
    AUTHOR,
    BODY,
    GONE,
    LIVE,
    MEANING,
    SOURCE_SEQ,
    STATE,
    TITLE,
    TITLE_KEY,
    WORDS,
    Leg,
)
from services.embeddings.domain import Hit, PostPoint, SearchText, Vector, ranked, title_key, why_found


@dataclass(frozen=True, slots=True)
class Near:
    """How near a found post is to what was asked: its cosine, and the stems that it has."""

    cosine: float
    stems: Sequence[int]

    @classmethod
    def of(cls, score: float, vectors: object) -> "Near":
        """From a scored point with its sparse vector; a text of stop words has no stems."""
        sparse = vectors.get(WORDS) if isinstance(vectors, Mapping) else None
        return cls(score, sparse.indices if sparse is not None else ())


# Average length in stems that BM25 normalizes by: 20,000 community posts have 18.5 distinct ones on average.
_BM25 = Bm25(Bm25Config(avg_len=20.0, language="english", ascii_folding=True))


def payload_of(point: PostPoint) -> dict[str, Any]:
    """What is stored beside the vectors of a published post."""
    return {
        STATE: LIVE,
        "revision": point.revision,
        SOURCE_SEQ: point.source_seq,
        TITLE: point.title,
        TITLE_KEY: title_key(point.title),
        BODY: point.body,
        "community": point.community,
        AUTHOR: point.author_id,
        "kind": point.kind,
        "created_at": point.created_at.timestamp(),
    }


def tombstone(source_seq: int) -> dict[str, Any]:
    """All that stays of what was taken down: nothing of the text, only when it went."""
    return {STATE: GONE, SOURCE_SEQ: source_seq}


def words_of_post(title: str, body: str) -> tuple[list[int], list[float]]:
    """BM25 document weights: indices (hashed stems) and values. The inverse frequencies are the index's part."""
    sparse = _BM25.embed_document(f"{title}\n{body}")
    return sparse.indices, sparse.values


def words_of_search(text: str) -> tuple[list[int], list[float]]:
    """The stems of a search, each with weight 1; empty where only stop words or nothing was typed."""
    sparse = _BM25.embed_query(text)
    return sparse.indices, sparse.values


def meaning_of(stored: object) -> Vector:
    """The dense vector of a point that was asked for it."""
    return np.asarray(stored[MEANING] if isinstance(stored, Mapping) else [], dtype=np.float32)


def joined(legs: Mapping[Leg, Sequence[tuple[str, float]]]) -> list[tuple[str, float]]:
    """What the legs found, as (id, score), best first."""
    phrase, title = ([post_id for post_id, _ in legs.get(leg, ())] for leg in ("phrase", "title"))
    return ranked(legs.get("fused", ()), phrase, title)


def hits_of(page: Iterable[tuple[str, float]], near: Mapping[str, Near], asked: SearchText) -> list[Hit]:
    """The page's posts with why each was found. What was taken down since the search is left out."""
    stems = frozenset(words_of_search(asked.words)[0])
    return [
        Hit(post_id, score, why_found(score, asked, not stems.isdisjoint(near[post_id].stems), near[post_id].cosine))
        for post_id, score in page
        if post_id in near
    ]


def fingerprint(post_id: str, payload: Mapping[str, Any], vector: Vector) -> int:
    """256 bits of one point: id, revision, the write's sequence and the vector in 127 steps each way."""
    steps = np.rint(vector * 127).astype(np.int8)
    head = f"{post_id}|{payload['revision']}|{payload[SOURCE_SEQ]}|".encode()
    return int.from_bytes(hashlib.sha256(head + steps.tobytes()).digest(), "big")


def digest_of(fingerprints: Iterable[int]) -> str:
    """One digest of many fingerprints, whatever their order: their sum modulo 2^256, as hexadecimal."""
    return f"{sum(fingerprints) % (1 << 256):064x}"
