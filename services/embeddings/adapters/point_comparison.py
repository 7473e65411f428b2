"""Compares a stored point with the point that its post should have."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from services.embeddings.adapters.bm25_weights import bm25_document
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import (
    CREATED_AT,
    SOURCE_SEQ,
    SPARSE,
    dense_vector,
    payload_of,
)
from services.embeddings.domain import PostPoint

# The cosine of a vector with itself after it was stored in half precision is above 0.9999, and an encoder pass over
# other texts beside it changes hardly more. Vectors of different texts are further apart.
SAME_VECTOR = 0.999
# Weights and times pass through single precision, or through decimal digits.
SAME_NUMBER = 1e-3


class StoredRecord(Protocol):
    """A stored point as either engine returns it."""

    @property
    def id(self) -> Any: ...
    @property
    def payload(self) -> Mapping[str, Any] | None: ...
    @property
    def vector(self) -> Any: ...


def differing(points: Iterable[PostPoint], words: HiddenWords, records: Iterable[StoredRecord]) -> frozenset[str]:
    """Return the ids of records of the same facts as the points that have another content than them."""
    expected = {point.post_id: point for point in points}
    return frozenset(
        point.post_id
        for record in records
        if (payload := record.payload or {}).get(SOURCE_SEQ) == (point := expected[str(record.id)]).source_seq
        and not _is_point_of(point, words, payload, record.vector)
    )


def _is_point_of(point: PostPoint, words: HiddenWords, payload: Mapping[str, Any], vectors: object) -> bool:
    return (
        _same_fields(payload, payload_of(point, words))
        and _same_vector(dense_vector(vectors), point)
        and _same_stems(vectors, point, words)
    )


def _same_fields(stored: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    created_at = stored.get(CREATED_AT)
    return (
        isinstance(created_at, int | float)
        and abs(created_at - expected[CREATED_AT]) < SAME_NUMBER
        and {**stored, CREATED_AT: 0} == {**expected, CREATED_AT: 0}
    )


def _same_vector(stored: np.ndarray[Any, np.dtype[np.float32]], point: PostPoint) -> bool:
    if stored.shape != point.vector.shape:
        return False
    if not point.vector.any():  # of a text that the model cannot read
        return not stored.any()
    lengths = float(np.linalg.norm(stored) * np.linalg.norm(point.vector))
    return float(stored @ point.vector) >= SAME_VECTOR * lengths > 0


def _same_stems(vectors: object, point: PostPoint, words: HiddenWords) -> bool:
    sparse = vectors.get(SPARSE) if isinstance(vectors, Mapping) else None
    stored = dict(zip(sparse.indices, sparse.values, strict=True)) if sparse is not None else {}
    expected = dict(zip(*bm25_document(point.title, point.body, words), strict=True))
    return stored.keys() == expected.keys() and all(
        abs(stored[stem] - weight) < SAME_NUMBER for stem, weight in expected.items()
    )
