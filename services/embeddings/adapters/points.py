"""A post as a point: its payload, its words, its fingerprint, and what a found point says. For both homes alike."""

import hashlib
from collections.abc import Iterable, Mapping
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
)
from services.embeddings.domain import Hit, PostPoint, SearchText, Vector, title_key, why_found

Stored = Mapping[str, Any]  # a point's vectors by name, as either client gives them

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


def stems_of(stored: Stored) -> list[int]:
    """The stems of a point that was asked for its sparse vector; none in a text of stop words."""
    sparse = stored.get(WORDS)
    return list(sparse.indices) if sparse is not None else []


def page_of(scores: Iterable[tuple[str, float]], limit: int, offset: int) -> list[tuple[str, float]]:
    """One page of (id, score), best first. Equal scores stand by id: the engine gives them in changing order."""
    return sorted(scores, key=lambda found: (-found[1], found[0]))[offset : offset + limit]


def hits_of(
    page: Iterable[tuple[str, float]], stored: Mapping[str, Stored], asked: SearchText, vector: Vector | None
) -> list[Hit]:
    """The page's posts with why each was found. What was taken down since the search is left out."""
    stems = frozenset(words_of_search(asked.words)[0])

    def hit(post_id: str, score: float) -> Hit:
        cosine = float(meaning_of(stored[post_id]) @ vector) if vector is not None else 0.0
        return Hit(post_id, score, why_found(score, asked, not stems.isdisjoint(stems_of(stored[post_id])), cosine))

    return [hit(post_id, score) for post_id, score in page if post_id in stored]


def fingerprint(post_id: str, payload: Mapping[str, Any], vector: Vector) -> int:
    """256 bits of one point: id, revision, the write's sequence and the vector in 127 steps each way."""
    steps = np.rint(vector * 127).astype(np.int8)
    head = f"{post_id}|{payload['revision']}|{payload[SOURCE_SEQ]}|".encode()
    return int.from_bytes(hashlib.sha256(head + steps.tobytes()).digest(), "big")


def digest_of(fingerprints: Iterable[int]) -> str:
    """One digest of many fingerprints, whatever their order: their sum modulo 2^256, as hexadecimal."""
    return f"{sum(fingerprints) % (1 << 256):064x}"
