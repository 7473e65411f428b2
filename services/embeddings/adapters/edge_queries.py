"""Our conditions and searches in the words of Qdrant Edge."""

from collections.abc import Sequence
from typing import cast

import qdrant_edge as edge

from services.embeddings.adapters.layout import (
    BODY,
    CANDIDATES,
    EXACT_TITLES,
    MEANING,
    RELATED_CANDIDATES,
    RELATED_DIVERSITY,
    TIES,
    TITLE,
    WORDS,
    Condition,
    HasId,
    Leg,
    OneOf,
    Says,
    Since,
    exact_legs,
    forbidden,
    required,
)
from services.embeddings.adapters.points import words_of_search
from services.embeddings.domain import MEANING_FLOOR, RRF_K, SearchFilter, SearchText, Vector


def condition(asked: Condition) -> edge.FieldCondition | edge.HasIdCondition | edge.Filter:
    """One of our conditions."""
    match asked:
        case OneOf(key, values):
            return edge.FieldCondition(key, match=edge.MatchAny(list(values)))
        case Since(key, least):
            return edge.FieldCondition(key, range=edge.RangeFloat(gte=least))
        case HasId(ids):
            return edge.HasIdCondition(set(ids))
        case Says(phrase):
            match = edge.MatchPhrase(phrase)
            return edge.Filter(should=[edge.FieldCondition(TITLE, match), edge.FieldCondition(BODY, match)])


def narrowed(within: SearchFilter, *also: Condition, text: SearchText | None = None) -> edge.Filter:
    """A filter of all that is required and forbidden."""
    return edge.Filter(
        must=[condition(c) for c in (*required(within, text), *also)],
        must_not=[condition(c) for c in forbidden(within)],
    )


def legs(vector: Vector | None, text: SearchText, within: SearchFilter) -> list[edge.Prefetch]:
    """What is fused: nearest in meaning, and best by words."""
    allowed, found = narrowed(within, text=text), []
    if vector is not None:
        # a quoted phrase is found whatever it means
        floor = None if text.phrases else MEANING_FLOOR
        meaning = edge.Query.Nearest(vector.tolist(), using=MEANING)
        found.append(edge.Prefetch(CANDIDATES, query=meaning, filter=allowed, score_threshold=floor))
    indices, values = words_of_search(text.words)
    if indices:
        words = edge.Query.Nearest(edge.SparseVector(indices, values), using=WORDS)
        found.append(edge.Prefetch(CANDIDATES, query=words, filter=allowed))
    return found


def searches(vector: Vector | None, text: SearchText, within: SearchFilter, reach: int) -> dict[Leg, edge.QueryRequest]:
    """One batch: words and meaning fused by rank, exact phrases, exact titles. Empty where nothing was asked."""
    fused = legs(vector, text, within)
    found: dict[Leg, edge.QueryRequest] = {}
    if fused:
        rank = cast("edge.Fusion", edge.Fusion.Rrf(k=RRF_K))  # the stubs do not say that it is one
        found["fused"] = edge.QueryRequest(reach + TIES, query=rank, prefetches=fused)
    indices, values = words_of_search(text.words)
    by_words = edge.Query.Nearest(edge.SparseVector(indices, values), using=WORDS)
    for leg, also in exact_legs(text, fused=bool(fused)).items():
        met = narrowed(within, *([also] if also else []), text=text)
        if leg == "phrase" and indices:
            found[leg] = edge.QueryRequest(CANDIDATES, query=by_words, filter=met)
        else:
            found[leg] = edge.QueryRequest(EXACT_TITLES if leg == "title" else CANDIDATES, filter=met)
    return found


def near(vector: Vector, limit: int, within: SearchFilter) -> edge.QueryRequest:
    """The nearest points above the floor."""
    return edge.QueryRequest(
        limit,
        query=edge.Query.Nearest(vector.tolist(), using=MEANING),
        filter=narrowed(within),
        score_threshold=MEANING_FLOOR,
    )


def compared(vector: Vector | None, ids: Sequence[str], *, stems: bool = False) -> edge.QueryRequest:
    """The exact cosine of each of these points (none without a vector), with its words if they are wanted."""
    return edge.QueryRequest(
        max(1, len(ids)),
        query=None if vector is None else edge.Query.Nearest(vector.tolist(), using=MEANING),
        filter=edge.Filter(must=[edge.HasIdCondition(set(ids))]),
        params=edge.SearchParams(exact=True),
        with_vector=[WORDS] if stems else False,
    )


def varied(vector: Vector, limit: int, within: SearchFilter) -> edge.QueryRequest:
    """Near to a vector and unlike each other (maximal marginal relevance)."""
    spread = edge.Mmr(vector.tolist(), 1 - RELATED_DIVERSITY, max(RELATED_CANDIDATES, limit), using=MEANING)
    return edge.QueryRequest(limit, query=spread, filter=narrowed(within), score_threshold=MEANING_FLOOR)
