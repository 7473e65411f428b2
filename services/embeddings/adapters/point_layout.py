"""The layout of a post as a Qdrant point: field names, payload, tombstone and fingerprint."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.domain import PostPoint, Vector, title_key
from services.embeddings.index_differences import StoredPoint
from services.embeddings.search_words import SEPARATOR, searched_words

# Raise it when the stored points or the index settings change: a new index is then built beside the old one.
LAYOUT = 6
# The names of the two vectors of a point: MiniLM embedding and BM25 weights.
DENSE, SPARSE = "meaning", "words"

TEXT, TITLE_KEY, AUTHOR, STATE, SOURCE_SEQ = "text", "title_key", "author_id", "state", "source_seq"
COMMUNITY, KIND, CREATED_AT, REVISION = "community", "kind", "created_at", "revision"
# Text, not a flag: Edge 0.9 turns a boolean in a match condition into the number 1 and then finds nothing.
LIVE, GONE = "live", "gone"
KEYWORD_FIELDS = (COMMUNITY, AUTHOR, KIND, TITLE_KEY, STATE)
# Title and body in one field: a condition on one of two fields takes twenty times as long.
TEXT_FIELDS = (TEXT,)
NUMBER_FIELDS = (CREATED_AT,)
SCROLL_PAGE = 1_000  # points read at once: about 1 MB with vectors


def payload_of(point: PostPoint, words: HiddenWords) -> dict[str, Any]:
    """Return the payload of a published post. Its words are hashed."""
    return {
        STATE: LIVE,
        REVISION: point.revision,
        SOURCE_SEQ: point.source_seq,
        TEXT: words.text((*searched_words(point.title), SEPARATOR, *searched_words(point.body))),
        TITLE_KEY: words.title(title_key(point.title)),
        COMMUNITY: point.community,
        AUTHOR: point.author_id,
        KIND: point.kind,
        CREATED_AT: point.created_at.timestamp(),
    }


def tombstone(source_seq: int) -> dict[str, Any]:
    """Return the payload that replaces a removed post: no text, only the sequence of the removal."""
    return {STATE: GONE, SOURCE_SEQ: source_seq}


def stored_point(payload: Mapping[str, Any]) -> StoredPoint:
    """Return what the index knows about a point, from its payload."""
    return StoredPoint(payload[SOURCE_SEQ], payload.get(REVISION, 0), payload[STATE] == LIVE)


def dense_vector(stored: object) -> Vector:
    """Return the embedding from the vectors of a point that was read with `DENSE`."""
    return np.asarray(stored[DENSE] if isinstance(stored, Mapping) else [], dtype=np.float32)


def fingerprint(post_id: str, payload: Mapping[str, Any], vector: Vector) -> int:
    """Return 256 bits from id, revision, source sequence, and the vector rounded to 127 steps each way."""
    steps = np.rint(vector * 127).astype(np.int8)
    head = f"{post_id}|{payload[REVISION]}|{payload[SOURCE_SEQ]}|".encode()
    return int.from_bytes(hashlib.sha256(head + steps.tobytes()).digest(), "big")


def digest_of(fingerprints: Iterable[int]) -> str:
    """Combine fingerprints in any order into one digest: their sum modulo 2^256, as hexadecimal."""
    return f"{sum(fingerprints) % (1 << 256):064x}"
