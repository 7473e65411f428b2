"""Our conditions and searches in the words of a Qdrant server."""

from qdrant_client import models

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


def hybrid(vector: Vector | None, text: SearchText, within: SearchFilter) -> models.QueryRequest | None:
    """One query: words and meaning fused, exact titles and phrases lifted. None where nothing was asked."""
    fused = legs(vector, text, within)
    rank = models.RrfQuery(rrf=models.Rrf(k=RRF_K))
    sources = [models.Prefetch(prefetch=fused, query=rank, limit=CANDIDATES)] if fused else []
    sources += [
        models.Prefetch(filter=narrowed(within, asked, text=text), limit=CANDIDATES) for asked, _ in lifts(text)
    ]
    if not sources:
        return None
    formula = lifted(text, fused=bool(fused))
    return models.QueryRequest(limit=CANDIDATES * len(sources), query=formula, prefetch=sources)


def lifted(text: SearchText, *, fused: bool) -> models.FormulaQuery:
    """The fused score plus a bonus for each exact condition that holds."""
    terms: list[models.Expression] = [
        models.MultExpression(mult=[bonus, condition(asked)]) for asked, bonus in lifts(text)
    ]
    if fused:
        terms.append("$score[0]")
    return models.FormulaQuery(formula=models.SumExpression(sum=terms), defaults={"$score[0]": 0.0})


def near(vector: Vector, limit: int, within: SearchFilter) -> models.QueryRequest:
    """The nearest points above the floor."""
    return models.QueryRequest(
        limit=limit,
        query=vector.tolist(),
        using=MEANING,
        filter=narrowed(within),
        score_threshold=MEANING_FLOOR,
    )


def compared(vector: Vector, ids: tuple[str, ...]) -> models.QueryRequest:
    """The exact cosine of each of these points."""
    return models.QueryRequest(
        limit=len(ids),
        query=vector.tolist(),
        using=MEANING,
        filter=models.Filter(must=[models.HasIdCondition(has_id=list(ids))]),
        params=models.SearchParams(exact=True),
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
