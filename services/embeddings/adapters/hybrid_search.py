"""Hybrid search, independent of the engine: builds filters and queries, and merges results into hits.

`qdrant_edge_translation.py` and `qdrant_server_translation.py` translate `Query` into the classes of their engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.embeddings.adapters.bm25_weights import bm25_query
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import AUTHOR, COMMUNITY, CREATED_AT, KIND, TITLE_KEY
from services.embeddings.domain import (
    MEANING_FLOOR,
    Hit,
    SearchFilter,
    SearchQuery,
    Vector,
    fuse,
    match_reason,
    merge_results,
)
from services.embeddings.search_words import Phrase

# Candidates of each retriever. The same for every page: with more for later pages a post could change its rank between
# two pages. Readers do not turn ten pages.
CANDIDATES = 200
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
    """The text contains the phrase word for word, in one of its spellings, which are hashed words."""

    spellings: tuple[str, ...]


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

    `near` orders results by cosine (dense) or by BM25 (sparse); without it, matching points come in any order.
    `mmr_candidates` above 0 re-ranks that many by maximal marginal relevance. `exact` compares every point that
    passes the filter.
    """

    limit: int
    filter: Filter | None = None
    near: Vector | SparseVector | None = None
    min_score: float | None = None
    mmr_candidates: int = 0
    exact: bool = False


Retriever = Literal["words", "meaning", "literal", "title"]
# The (id, score) of the posts that each retriever found, best first.
Results = Mapping[Retriever, Sequence[tuple[str, float]]]


def filter_of(within: SearchFilter, *also: Condition) -> Filter:
    """Build the filter for results within `within` that meet further conditions."""
    must: list[Condition] = []
    singles = ((COMMUNITY, within.community), (AUTHOR, within.author_id), (KIND, within.kind))
    must += [AnyOf(field, (value,)) for field, value in singles if value is not None]
    if within.communities is not None:
        must.append(AnyOf(COMMUNITY, within.communities))
    if within.newer_than is not None:
        must.append(AtLeast(CREATED_AT, within.newer_than.timestamp()))
    if within.ids is not None:
        must.append(HasId(within.ids))
    must_not: list[Condition] = []
    if within.hidden_authors:
        must_not.append(AnyOf(AUTHOR, within.hidden_authors))
    if within.hidden_communities:
        must_not.append(AnyOf(COMMUNITY, within.hidden_communities))
    if within.hidden_ids:
        must_not.append(HasId(within.hidden_ids))
    return Filter((*must, *also), tuple(must_not))


def hybrid_queries(
    vector: Vector | None, search: SearchQuery, within: SearchFilter, *, words: HiddenWords
) -> dict[Retriever, Query]:
    """Build the queries of one search, to be sent as a batch; empty if nothing was typed.

    Posts with the same title, and those that contain what was typed word for word, are retrieved beside the best by
    BM25 and the nearest by embedding. What was quoted must be in all of them.
    """
    queries: dict[Retriever, Query] = {}
    quoted = _conditions(search.quoted, words)
    allowed, stems = filter_of(within, *quoted), SparseVector(*bm25_query(search.words, words))
    if stems.indices:
        queries["words"] = Query(CANDIDATES, allowed, stems)
    if vector is not None:
        # A post with a quoted phrase matches at any distance from the query.
        queries["meaning"] = Query(CANDIDATES, allowed, vector, min_score=None if quoted else MEANING_FLOOR)
    if search.title_key:
        same_title = AnyOf(TITLE_KEY, (words.title(search.title_key),))
        queries["title"] = Query(EXACT_TITLES, filter_of(within, *quoted, same_title))
    literal = quoted or _literal_conditions(search, words, has_stems=bool(stems.indices))
    if literal and not (quoted and queries):
        near = stems if stems.indices else None
        queries["literal"] = Query(CANDIDATES, filter_of(within, *literal), near)
    return queries


def nearest_query(vector: Vector, limit: int, within: SearchFilter) -> Query:
    """Build a query for the nearest posts above the meaning floor."""
    return Query(limit, filter_of(within), vector, min_score=MEANING_FLOOR)


def related_query(vector: Vector, limit: int, within: SearchFilter) -> Query:
    """Build a query for posts near to a vector but different from each other (maximal marginal relevance)."""
    candidates = max(RELATED_CANDIDATES, limit)
    return Query(limit, filter_of(within), vector, min_score=MEANING_FLOOR, mmr_candidates=candidates)


def compare_query(vector: Vector, ids: Sequence[str]) -> Query:
    """Build a query for the exact cosine of each of these posts."""
    return Query(max(1, len(ids)), Filter((HasId(tuple(ids)),)), vector, exact=True)


def without_cosine(results: Results) -> list[str]:
    """Return the posts that were found by words alone. With their cosines the fusion ranks better (decision 101)."""
    near = {post_id for post_id, _ in results.get("meaning", ())}
    return [post_id for post_id, _ in results.get("words", ()) if post_id not in near]


def hits_of(results: Results, more_cosines: Sequence[tuple[str, float]], search: SearchQuery, part: slice) -> list[Hit]:
    """Merge the retrievers' results and return the wanted part of the hits, with their reasons."""
    by_words, cosines = dict(results.get("words", ())), dict((*results.get("meaning", ()), *more_cosines))
    fused = fuse(by_words, cosines, search.meaning_weight)
    literal, title = ([post_id for post_id, _ in results.get(name, ())] for name in ("literal", "title"))
    return [
        Hit(post_id, score, match_reason(score, search, post_id in by_words, cosines.get(post_id, 0.0)))
        for post_id, score in merge_results(fused, literal, title)[part]
    ]


def _conditions(phrases: Iterable[Phrase], words: HiddenWords) -> list[ContainsPhrase]:
    return [ContainsPhrase(tuple(words.text(spelling) for spelling in phrase)) for phrase in phrases]


def _literal_conditions(search: SearchQuery, words: HiddenWords, *, has_stems: bool) -> list[ContainsPhrase]:
    """Return the conditions on posts that contain the query word for word; none for a stop word alone."""
    is_word = len(search.title_key.split()) == 1
    return [] if is_word and not has_stems else _conditions(search.literal, words)
