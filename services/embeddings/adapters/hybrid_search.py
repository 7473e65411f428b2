"""Hybrid search, independent of the engine: builds filters and queries, and merges results into hits.

`qdrant_edge_translation.py` and `qdrant_server_translation.py` translate `Query` into the classes of their engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import AUTHOR, COMMUNITY, CREATED_AT, KIND, SPARSE, TITLE_KEY, bm25_query
from services.embeddings.domain import (
    MEANING_FLOOR,
    Hit,
    SearchFilter,
    SearchQuery,
    Vector,
    match_reason,
    merge_results,
)

# Candidates of each retriever of the fusion. The same for every page: with more for later pages a post could change
# its rank between two pages. The 200th adds 1/260 to a score, and readers do not turn ten pages.
CANDIDATES = 200
# Extra results beyond the page: equal fused scores come in varying order, so the page must not end between them.
# Only two posts can have the same score, one from each retriever.
TIES = 8
EXACT_TITLES = 50  # posts with exactly the same title; more are re-posts of one another
# Related posts: a little diversity, because ten re-posts of one headline are one related post.
RELATED_DIVERSITY = 0.3
RELATED_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field has one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field is at least this number."""

    field: str
    minimum: float


@dataclass(frozen=True, slots=True)
class HasId:
    """The point has one of these ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContainsPhrase:
    """Title or body contains the phrase word for word. `phrase`: its hashed words."""

    phrase: str


Condition = AnyOf | AtLeast | HasId | ContainsPhrase


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that every result meets, and conditions that no result meets."""

    must: tuple[Condition, ...] = ()
    must_not: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class SparseVector:
    """BM25 stems and their weights."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One query to the index.

    `near` orders results by cosine (dense) or by BM25 (sparse); `fuse` fuses the results of other queries by
    reciprocal rank instead; with neither, matching points come in any order. `mmr_candidates` above 0 re-ranks that
    many by maximal marginal relevance. `exact` compares every point that passes the filter.
    """

    limit: int
    filter: Filter | None = None
    near: Vector | SparseVector | None = None
    fuse: "tuple[Query, ...]" = ()
    min_score: float | None = None
    mmr_candidates: int = 0
    exact: bool = False
    with_stems: bool = False


Retriever = Literal["fused", "phrase", "title"]


def filter_of(within: SearchFilter, *also: Condition, phrases: Sequence[str] = ()) -> Filter:
    """Build the filter for results within `within` that meet further conditions and contain all phrases."""
    must: list[Condition] = []
    singles = ((COMMUNITY, within.community), (AUTHOR, within.author_id), (KIND, within.kind))
    must += [AnyOf(field, (value,)) for field, value in singles if value is not None]
    if within.communities is not None:
        must.append(AnyOf(COMMUNITY, within.communities))
    if within.newer_than is not None:
        must.append(AtLeast(CREATED_AT, within.newer_than.timestamp()))
    if within.ids is not None:
        must.append(HasId(within.ids))
    must += [ContainsPhrase(phrase) for phrase in phrases]
    must_not: list[Condition] = []
    if within.hidden_authors:
        must_not.append(AnyOf(AUTHOR, within.hidden_authors))
    if within.hidden_ids:
        must_not.append(HasId(within.hidden_ids))
    return Filter((*must, *also), tuple(must_not))


def hybrid_queries(
    vector: Vector | None, search: SearchQuery, within: SearchFilter, depth: int, *, words: HiddenWords
) -> dict[Retriever, Query]:
    """Build the queries of one search, to be sent as a batch; empty if nothing was typed.

    Words and meaning are fused by rank down to `depth`; exact phrases and exact titles are retrieved beside them.
    """
    queries: dict[Retriever, Query] = {}
    phrases = tuple(map(words.text, search.phrases))
    stems = SparseVector(*bm25_query(search.words, words))
    fused = _fused_queries(vector, stems, within, phrases)
    if fused:
        queries["fused"] = Query(depth + TIES, fuse=fused)
    for retriever, condition in _exact_conditions(search, words, fused=bool(fused)).items():
        allowed = filter_of(within, *([condition] if condition else []), phrases=phrases)
        limit = EXACT_TITLES if retriever == "title" else CANDIDATES
        near = stems if retriever == "phrase" and stems.indices else None
        queries[retriever] = Query(limit, allowed, near)
    return queries


def nearest_query(vector: Vector, limit: int, within: SearchFilter) -> Query:
    """Build a query for the nearest posts above the meaning floor."""
    return Query(limit, filter_of(within), vector, min_score=MEANING_FLOOR)


def related_query(vector: Vector, limit: int, within: SearchFilter) -> Query:
    """Build a query for posts near to a vector but different from each other (maximal marginal relevance)."""
    candidates = max(RELATED_CANDIDATES, limit)
    return Query(limit, filter_of(within), vector, min_score=MEANING_FLOOR, mmr_candidates=candidates)


def compare_query(vector: Vector | None, ids: Sequence[str], *, with_stems: bool = False) -> Query:
    """Build a query for the exact cosine of each of these posts (0 without a vector), optionally with their stems."""
    only_these = Filter((HasId(tuple(ids)),))
    return Query(max(1, len(ids)), only_these, vector, exact=True, with_stems=with_stems)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A found post compared with the query: its cosine, and the stems of its text."""

    cosine: float
    stems: Sequence[int]

    @classmethod
    def of(cls, score: float, vectors: object) -> "Comparison":
        """Read a scored point with its sparse vector; a text of stop words has no stems."""
        sparse = vectors.get(SPARSE) if isinstance(vectors, Mapping) else None
        return cls(score, sparse.indices if sparse is not None else ())


def merge(results: Mapping[Retriever, Sequence[tuple[str, float]]]) -> list[tuple[str, float]]:
    """Merge the retrievers' results into (id, score), best first."""
    phrase, title = ([post_id for post_id, _ in results.get(name, ())] for name in ("phrase", "title"))
    return merge_results(results.get("fused", ()), phrase, title)


def hits_of(
    page: Iterable[tuple[str, float]], comparisons: Mapping[str, Comparison], search: SearchQuery, words: HiddenWords
) -> list[Hit]:
    """Return a page of hits with their reasons. Posts that were removed since the search are left out."""
    stems = frozenset(bm25_query(search.words, words)[0])
    hits: list[Hit] = []
    for post_id, score in page:
        if post_id in comparisons:
            compared = comparisons[post_id]
            shares_words = not stems.isdisjoint(compared.stems)
            hits.append(Hit(post_id, score, match_reason(score, search, shares_words, compared.cosine)))
    return hits


def _fused_queries(
    vector: Vector | None, stems: SparseVector, within: SearchFilter, phrases: tuple[str, ...]
) -> tuple[Query, ...]:
    """Build the queries that are fused: nearest by embedding, and best by BM25."""
    allowed, queries = filter_of(within, phrases=phrases), []
    if vector is not None:
        # A post with a quoted phrase matches at any distance from the query.
        floor = None if phrases else MEANING_FLOOR
        queries.append(Query(CANDIDATES, allowed, vector, min_score=floor))
    if stems.indices:
        queries.append(Query(CANDIDATES, allowed, stems))
    return tuple(queries)


def _exact_conditions(search: SearchQuery, words: HiddenWords, *, fused: bool) -> dict[Retriever, Condition | None]:
    """Return the conditions of the exact retrievers: the same title, and all words as one phrase.

    Quoted phrases are already required by every filter, so they need a retriever only where nothing is fused; its
    condition is then None.
    """
    conditions: dict[Retriever, Condition | None] = {}
    if search.title_key:
        conditions["title"] = AnyOf(TITLE_KEY, (words.title(search.title_key),))
    if search.phrases and not fused:
        conditions["phrase"] = None
    elif search.as_phrase:
        conditions["phrase"] = ContainsPhrase(words.text(search.as_phrase))
    return conditions
