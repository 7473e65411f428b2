"""Our conditions and searches in the words of Qdrant Edge."""

from typing import cast

import qdrant_edge as edge

from services.embeddings.adapters.layout import (
    BODY,
    CANDIDATES,
    MEANING,
    RELATED_CANDIDATES,
    RELATED_DIVERSITY,
    RRF_K,
    TITLE,
    WORDS,
    Condition,
    HasId,
    OneOf,
    Says,
    Since,
    forbidden,
    lifts,
    required,
)
from services.embeddings.adapters.points import words_of_search
from services.embeddings.domain import MEANING_FLOOR, SearchFilter, SearchText, Vector


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


def hybrid(vector: Vector | None, text: SearchText, within: SearchFilter) -> edge.QueryRequest | None:
    """One query: words and meaning fused, exact titles and phrases lifted. None where nothing was asked."""
    fused = legs(vector, text, within)
    rank = cast("edge.Fusion", edge.Fusion.Rrf(k=RRF_K))  # the stubs do not say that it is one
    sources = [edge.Prefetch(CANDIDATES, query=rank, prefetches=fused)] if fused else []
    sources += [edge.Prefetch(CANDIDATES, filter=narrowed(within, asked, text=text)) for asked, _ in lifts(text)]
    if not sources:
        return None
    return edge.QueryRequest(CANDIDATES * len(sources), query=lifted(text, fused=bool(fused)), prefetches=sources)


def lifted(text: SearchText, *, fused: bool) -> edge.Formula:
    """The fused score plus a bonus for each exact condition that holds."""
    terms = [
        edge.Expression.Mult([edge.Expression.Constant(bonus), edge.Expression.Condition(condition(asked))])
        for asked, bonus in lifts(text)
    ]
    if fused:
        terms.append(edge.Expression.Variable("$score[0]"))
    return edge.Formula(edge.Expression.Sum(terms), defaults={"$score[0]": 0.0})


def near(vector: Vector, limit: int, within: SearchFilter) -> edge.QueryRequest:
    """The nearest points above the floor."""
    return edge.QueryRequest(
        limit,
        query=edge.Query.Nearest(vector.tolist(), using=MEANING),
        filter=narrowed(within),
        score_threshold=MEANING_FLOOR,
    )


def compared(vector: Vector, ids: tuple[str, ...]) -> edge.QueryRequest:
    """The exact cosine of each of these points."""
    return edge.QueryRequest(
        len(ids),
        query=edge.Query.Nearest(vector.tolist(), using=MEANING),
        filter=edge.Filter(must=[edge.HasIdCondition(set(ids))]),
        params=edge.SearchParams(exact=True),
    )


def varied(vector: Vector, limit: int, within: SearchFilter) -> edge.QueryRequest:
    """Near to a vector and unlike each other (maximal marginal relevance)."""
    spread = edge.Mmr(vector.tolist(), 1 - RELATED_DIVERSITY, max(RELATED_CANDIDATES, limit), using=MEANING)
    return edge.QueryRequest(limit, query=spread, filter=narrowed(within), score_threshold=MEANING_FLOOR)
