"""Orders posts into a feed: best first, re-ranked for diversity, extended without moving what was already shown."""

from dataclasses import dataclass, replace

import numpy as np

from services.ranking.domain import weights
from services.ranking.domain.diversity import Above, CandidatesExhausted, Reranker, penalties
from services.ranking.domain.ranking_inputs import (
    NO_AUTHOR,
    AsOf,
    FeedQuery,
    Floats,
    Ints,
    Key,
    Posts,
    Preferences,
    Rows,
    select,
)
from services.ranking.domain.score import VARIETY, score_parts, total
from shared.messaging.requests import Sort

# Posts that are sorted for each place, so that the re-ranking finds alternatives without sorting everything.
_CANDIDATES_PER_PLACE = 4
# `new` and `top` promise time and votes: a re-ranking would break the promise.
_RERANKED = ("for_you", "hot")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first places of a feed at one moment, sorted by score, then by id, both descending.

    `parts` has the shape (7, places). `complete` means that no posts follow these places.
    """

    as_of: AsOf
    rows: Rows
    parts: Floats
    complete: bool

    @property
    def scores(self) -> Floats:
        """The score of each place: the sum of its parts."""
        return total(self.parts)


def rank(posts: Posts, query: FeedQuery, as_of: AsOf, reader: Preferences | None, places: int) -> Ranking:
    """Order the best posts of a feed. Without a reader, or for sorts other than `for_you`, everyone gets the same."""
    empty = Ranking(as_of, np.empty(0, dtype=np.int64), np.zeros((VARIETY + 1, 0)), complete=False)
    return extend(empty, posts, query, reader, places)


def extend(shown: Ranking, posts: Posts, query: FeedQuery, reader: Preferences | None, places: int) -> Ranking:
    """Add places below those of a ranking, which stay as they are.

    The remaining posts are scored by their current votes and replies. A post that has risen above the shown ones is
    placed directly below them, and its `variety` shows what that cost it.
    """
    refusing = reader if query.sort == "for_you" else None
    rows = np.setdiff1d(select(posts, query, shown.as_of, refusing), shown.rows, assume_unique=True)
    query = replace(query, sort=_counted_as(query, reader))
    parts = score_parts(posts, rows, query.sort, shown.as_of.at, reader)
    scores = total(parts)
    added_places = max(places - shown.rows.size, 0)
    for candidates in (min(added_places * _CANDIDATES_PER_PLACE, rows.size), rows.size):
        best = best_first(scores, posts, rows, candidates)
        complete = best.size == rows.size
        try:
            chosen = best[_reranked(posts, rows[best], query, shown, added_places, complete=complete)]
        except CandidatesExhausted:
            continue
        break
    added = parts[:, chosen]
    added[VARIETY] = penalties(scores[chosen], _keys(posts, rows[chosen]), _last(shown, posts))
    return Ranking(
        shown.as_of,
        np.concatenate([shown.rows, rows[chosen]]),
        np.concatenate([shown.parts, added], axis=1),
        complete=chosen.size == rows.size,
    )


def _counted_as(query: FeedQuery, reader: Preferences | None) -> Sort:
    """Return the sort whose parts count: nobody's `for_you` is everybody's `hot`."""
    return "hot" if query.sort == "for_you" and not (reader and reader.known) else query.sort


def place_below(ranking: Ranking, posts: Posts, score: float, key: Key) -> int:
    """Return the first place that sorts after this score and id, or the number of places if there is none."""
    scores, high, low = ranking.scores, posts.id_high[ranking.rows], posts.id_low[ranking.rows]
    before = (high < key[0]) | ((high == key[0]) & (low < key[1]))
    below = np.flatnonzero((scores < score) | ((scores == score) & before))
    return int(below[0]) if below.size else int(ranking.rows.size)


def best_first(scores: Floats, posts: Posts, rows: Rows, count: int) -> Rows:
    """Return positions of the best rows, sorted by score, then id, both descending.

    At least `count` positions: rows with the same score as the last one are included.
    """
    best = np.arange(rows.size)
    if 0 < count < rows.size:
        best = np.flatnonzero(scores >= np.partition(scores, rows.size - count)[rows.size - count])
    order = np.lexsort((posts.id_low[rows[best]], posts.id_high[rows[best]], scores[best]))
    return np.asarray(best[order[::-1]], dtype=np.int64)


def _reranked(posts: Posts, rows: Rows, query: FeedQuery, shown: Ranking, places: int, *, complete: bool) -> Rows:
    if query.sort not in _RERANKED:
        return np.arange(min(places, rows.size))
    authors, communities = _distinct_authors(posts.author[rows], rows), posts.community[rows]
    if query.community is not None:
        communities = _all_different(rows.size)
    return Reranker(authors, communities, complete=complete).rerank(places, _above(shown, posts, query))


def _distinct_authors(authors: Ints, rows: Rows) -> Ints:
    """Give every imported post without an author a number of its own, so that such posts do not count as a run."""
    return np.where(authors == NO_AUTHOR, -1 - rows, authors).astype(np.int32)


def _all_different(size: int) -> Ints:
    """Return distinct values, which never form a run: within one community, community runs mean nothing."""
    return np.arange(size, dtype=np.int32)


def _above(shown: Ranking, posts: Posts, query: FeedQuery) -> Above:
    """Return what is above the next place. Blocks matter in `for_you`, which could be all of one community."""
    in_block = shown.rows.size % weights.BLOCK if query.sort == "for_you" and query.community is None else None
    rows = shown.rows[-max(weights.LONGEST_RUN, in_block or 0) :]
    authors = _distinct_authors(posts.author[rows], rows)
    communities = posts.community[rows] if query.community is None else -1 - _all_different(rows.size)
    return Above(tuple(authors.tolist()), tuple(communities.tolist()), in_block)


def _last(shown: Ranking, posts: Posts) -> tuple[float, Key] | None:
    if not shown.rows.size:
        return None
    return float(shown.scores[-1]), posts.key(int(shown.rows[-1]))


def _keys(posts: Posts, rows: Rows) -> list[Key]:
    return list(zip(posts.id_high[rows].tolist(), posts.id_low[rows].tolist(), strict=True))
