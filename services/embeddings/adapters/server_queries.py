"""Our conditions and searches in the words of a Qdrant server."""

from collections.abc import Sequence

from qdrant_client import models

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


def condition(asked: Condition) -> models.FieldCondition | models.HasIdCondition | models.Filter:
    """One of our conditions."""
    match asked:
        case OneOf(key, values):
            return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        case Since(key, least):
            return models.FieldCondition(key=key, range=models.Range(gte=least))
        case HasId(ids):
            return models.HasIdCondition(has_id=list(ids))
        case Says(phrase):
            match = models.MatchPhrase(phrase=phrase)
            return models.Filter(should=[models.FieldCondition(key=key, match=match) for key in (TITLE, BODY)])


def narrowed(within: SearchFilter, *also: Condition, text: SearchText | None = None) -> models.Filter:
    """A filter of all that is required and forbidden."""
    return models.Filter(
        must=[condition(c) for c in (*required(within, text), *also)],
        must_not=[condition(c) for c in forbidden(within)],
    )


def legs(vector: Vector | None, text: SearchText, within: SearchFilter) -> list[models.Prefetch]:
    """What is fused: nearest in meaning, and best by words."""
    allowed, found = narrowed(within, text=text), []
    if vector is not None:
        # a quoted phrase is found whatever it means
        floor = None if text.phrases else MEANING_FLOOR
        found.append(
            models.Prefetch(
                query=vector.tolist(), using=MEANING, filter=allowed, score_threshold=floor, limit=CANDIDATES
            )
        )
    indices, values = words_of_search(text.words)
    if indices:
        words = models.SparseVector(indices=indices, values=values)
        found.append(models.Prefetch(query=words, using=WORDS, filter=allowed, limit=CANDIDATES))
    return found


def searches(
    vector: Vector | None, text: SearchText, within: SearchFilter, reach: int
) -> dict[Leg, models.QueryRequest]:
    """One batch: words and meaning fused by rank, exact phrases, exact titles. Empty where nothing was asked."""
    fused = legs(vector, text, within)
    found: dict[Leg, models.QueryRequest] = {}
    if fused:
        rank = models.RrfQuery(rrf=models.Rrf(k=RRF_K))
        found["fused"] = models.QueryRequest(limit=reach + TIES, query=rank, prefetch=fused)
    indices, values = words_of_search(text.words)
    by_words = models.SparseVector(indices=indices, values=values)
    for leg, also in exact_legs(text, fused=bool(fused)).items():
        met = narrowed(within, *([also] if also else []), text=text)
        if leg == "phrase" and indices:
            found[leg] = models.QueryRequest(limit=CANDIDATES, query=by_words, using=WORDS, filter=met)
        else:
            found[leg] = models.QueryRequest(limit=EXACT_TITLES if leg == "title" else CANDIDATES, filter=met)
    return found


def near(vector: Vector, limit: int, within: SearchFilter) -> models.QueryRequest:
    """The nearest points above the floor."""
    return models.QueryRequest(
        limit=limit,
        query=vector.tolist(),
        using=MEANING,
        filter=narrowed(within),
        score_threshold=MEANING_FLOOR,
    )


def compared(vector: Vector | None, ids: Sequence[str], *, stems: bool = False) -> models.QueryRequest:
    """The exact cosine of each of these points (none without a vector), with its words if they are wanted."""
    return models.QueryRequest(
        limit=max(1, len(ids)),
        query=None if vector is None else vector.tolist(),
        using=None if vector is None else MEANING,
        filter=models.Filter(must=[models.HasIdCondition(has_id=list(ids))]),
        params=models.SearchParams(exact=True),
        with_vector=[WORDS] if stems else False,
    )


def varied(vector: Vector, limit: int, within: SearchFilter) -> models.QueryRequest:
    """Near to a vector and unlike each other (maximal marginal relevance)."""
    spread = models.Mmr(diversity=RELATED_DIVERSITY, candidates_limit=max(RELATED_CANDIDATES, limit))
    return models.QueryRequest(
        limit=limit,
        query=models.NearestQuery(nearest=vector.tolist(), mmr=spread),
        using=MEANING,
        filter=narrowed(within),
        score_threshold=MEANING_FLOOR,
    )
