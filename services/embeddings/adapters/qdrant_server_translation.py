"""Translates points, conditions and queries into the models of a Qdrant server's client."""

from qdrant_client import models

from services.embeddings.adapters.bm25_weights import bm25_document
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.hybrid_search import (
    RELATED_DIVERSITY,
    AnyOf,
    AtLeast,
    Condition,
    ContainsPhrase,
    Filter,
    HasId,
    Query,
    SparseVector,
)
from services.embeddings.adapters.point_layout import (
    DENSE,
    SPARSE,
    TEXT,
    payload_of,
)
from services.embeddings.domain import PostPoint


def server_point(point: PostPoint, words: HiddenWords) -> models.PointStruct:
    """Translate a post with its vectors and payload."""
    indices, values = bm25_document(point.title, point.body, words)
    sparse = models.SparseVector(indices=indices, values=values)
    return models.PointStruct(
        id=point.post_id, vector={DENSE: point.vector.tolist(), SPARSE: sparse}, payload=payload_of(point, words)
    )


def server_condition(condition: Condition) -> models.FieldCondition | models.HasIdCondition | models.Filter:
    """Translate a condition."""
    match condition:
        case AnyOf(field, values):
            return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
        case AtLeast(field, minimum):
            return models.FieldCondition(key=field, range=models.Range(gte=minimum))
        case HasId(ids):
            return models.HasIdCondition(has_id=list(ids))
        case ContainsPhrase(spellings):
            phrases = [models.FieldCondition(key=TEXT, match=models.MatchPhrase(phrase=one)) for one in spellings]
            return phrases[0] if len(phrases) == 1 else models.Filter(should=[*phrases])


def server_request(query: Query) -> models.QueryRequest:
    """Translate a query."""
    return models.QueryRequest(
        limit=query.limit,
        query=_scoring(query),
        using=_vector_name(query),
        filter=_filter(query.filter),
        score_threshold=query.min_score,
        params=models.SearchParams(exact=True) if query.exact else None,
    )


def _filter(conditions: Filter | None) -> models.Filter | None:
    if conditions is None:
        return None
    return models.Filter(
        must=[server_condition(condition) for condition in conditions.must],
        must_not=[server_condition(condition) for condition in conditions.must_not],
    )


def _scoring(query: Query) -> models.SparseVector | models.NearestQuery | list[float] | None:
    if query.near is None:
        return None
    if isinstance(query.near, SparseVector):
        return models.SparseVector(indices=query.near.indices, values=query.near.values)
    vector: list[float] = query.near.tolist()
    if query.mmr_candidates:
        mmr = models.Mmr(diversity=RELATED_DIVERSITY, candidates_limit=query.mmr_candidates)
        return models.NearestQuery(nearest=vector, mmr=mmr)
    return vector


def _vector_name(query: Query) -> str | None:
    if query.near is None:
        return None
    return SPARSE if isinstance(query.near, SparseVector) else DENSE
