"""Translates points, conditions and queries into the classes of Qdrant Edge."""

import qdrant_edge as edge

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
from services.embeddings.adapters.point_layout import DENSE, SPARSE, TEXT, payload_of
from services.embeddings.domain import PostPoint


def edge_point(point: PostPoint, words: HiddenWords) -> edge.Point:
    """Translate a post with its vectors and payload."""
    indices, values = bm25_document(point.title, point.body, words)
    vectors: dict[str, edge.NamedVector] = {
        DENSE: point.vector.tolist(),
        SPARSE: edge.SparseVector(indices, values),
    }
    return edge.Point(point.post_id, vectors, payload_of(point, words))


def edge_condition(condition: Condition) -> edge.FieldCondition | edge.HasIdCondition | edge.Filter:
    """Translate a condition."""
    match condition:
        case AnyOf(field, values):
            return edge.FieldCondition(field, match=edge.MatchAny(list(values)))
        case AtLeast(field, minimum):
            return edge.FieldCondition(field, range=edge.RangeFloat(gte=minimum))
        case HasId(ids):
            return edge.HasIdCondition(set(ids))
        case ContainsPhrase(spellings):
            return _any_of([edge.FieldCondition(TEXT, edge.MatchPhrase(spelling)) for spelling in spellings])


def _any_of(conditions: list[edge.FieldCondition]) -> edge.FieldCondition | edge.Filter:
    return conditions[0] if len(conditions) == 1 else edge.Filter(should=[*conditions])


def edge_request(query: Query) -> edge.QueryRequest:
    """Translate a query."""
    return edge.QueryRequest(
        query.limit,
        query=_scoring(query),
        filter=_filter(query.filter),
        score_threshold=query.min_score,
        params=edge.SearchParams(exact=True) if query.exact else None,
    )


def _filter(conditions: Filter | None) -> edge.Filter | None:
    if conditions is None:
        return None
    return edge.Filter(
        must=[edge_condition(condition) for condition in conditions.must],
        must_not=[edge_condition(condition) for condition in conditions.must_not],
    )


def _scoring(query: Query) -> edge.Query | edge.Mmr | None:
    if query.near is None:
        return None
    if isinstance(query.near, SparseVector):
        return edge.Query.Nearest(edge.SparseVector(query.near.indices, query.near.values), using=SPARSE)
    vector = query.near.tolist()
    if query.mmr_candidates:
        return edge.Mmr(vector, 1 - RELATED_DIVERSITY, query.mmr_candidates, using=DENSE)
    return edge.Query.Nearest(vector, using=DENSE)
