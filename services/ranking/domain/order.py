"""From posts to a feed in order: the best first, arranged for variety, and extended without moving what was shown."""

from dataclasses import dataclass

import numpy as np

from services.ranking import weights
from services.ranking.domain.posts import NOBODY, AsOf, Floats, Ints, Key, Posts, Preferences, Question, Rows, select
from services.ranking.domain.score import VARIETY, score_parts, total
from services.ranking.domain.variety import Line, Starved, Trail, penalties

# Posts that are sorted for each place, so that variety finds others without sorting everything.
_REACH = 4
# `new` and `top` promise time and votes: a re-rank would break the promise.
_VARIED = ("for_you", "hot")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first places of a feed at one moment: sorted by score, then by id, both falling.

    `parts` has the shape (6, places); `whole`: no posts are beyond these places.
    """

    as_of: AsOf
    rows: Rows
    parts: Floats
    whole: bool

    @property
    def scores(self) -> Floats:
        """The score of each place: the sum of its parts."""
        return total(self.parts)


def rank(posts: Posts, question: Question, as_of: AsOf, reader: Preferences | None, places: int) -> Ranking:
    """Order the best posts of a feed. No reader, or a sort other than `for_you`: the same for everyone."""
    nothing = Ranking(as_of, np.empty(0, dtype=np.int64), np.zeros((VARIETY + 1, 0)), whole=False)
    return extend(nothing, posts, question, reader, places)


def extend(shown: Ranking, posts: Posts, question: Question, reader: Preferences | None, places: int) -> Ranking:
    """Add places below those of a ranking, which stay as they are.

    The rest is scored by what is known now: a post that rose meanwhile stands directly below, and `variety` says
    what it lost by that.
    """
    hidden = reader.hidden if reader is not None and question.sort == "for_you" else None
    rows = np.setdiff1d(select(posts, question, shown.as_of, hidden), shown.rows, assume_unique=True)
    parts = score_parts(posts, rows, question.sort, shown.as_of.at, reader)
    scores = total(parts)
    more = max(places - shown.rows.size, 0)
    for reach in (min(more * _REACH, rows.size), rows.size):
        best = best_first(scores, posts, rows, reach)
        whole = best.size == rows.size
        try:
            chosen = best[_arranged(posts, rows[best], question, shown, more, whole=whole)]
        except Starved:
            continue
        break
    added = parts[:, chosen]
    added[VARIETY] = penalties(scores[chosen], _keys(posts, rows[chosen]), _last(shown, posts))
    return Ranking(
        shown.as_of,
        np.concatenate([shown.rows, rows[chosen]]),
        np.concatenate([shown.parts, added], axis=1),
        whole=chosen.size == rows.size,
    )


def place_below(ranking: Ranking, posts: Posts, score: float, key: Key) -> int:
    """The first place that sorts after this score and id; the number of places when none does."""
    scores, high, low = ranking.scores, posts.id_high[ranking.rows], posts.id_low[ranking.rows]
    before = (high < key[0]) | ((high == key[0]) & (low < key[1]))
    below = np.flatnonzero((scores < score) | ((scores == score) & before))
    return int(below[0]) if below.size else int(ranking.rows.size)


def best_first(scores: Floats, posts: Posts, rows: Rows, reach: int) -> Rows:
    """Positions of at least `reach` best rows (all with an equal score are in), by score, then id, both falling."""
    best = np.arange(rows.size)
    if 0 < reach < rows.size:
        best = np.flatnonzero(scores >= np.partition(scores, rows.size - reach)[rows.size - reach])
    order = np.lexsort((posts.id_low[rows[best]], posts.id_high[rows[best]], scores[best]))
    return np.asarray(best[order[::-1]], dtype=np.int64)


def _arranged(posts: Posts, rows: Rows, question: Question, shown: Ranking, places: int, *, whole: bool) -> Rows:
    if question.sort not in _VARIED:
        return np.arange(min(places, rows.size))
    authors, communities = _named(posts.author[rows], rows), posts.community[rows]
    if question.community is not None:
        communities = _all_different(rows.size)
    return Line(authors, communities, whole=whole).spread(places, _trail(shown, posts, question))


def _named(authors: Ints, rows: Rows) -> Ints:
    """Imported posts without an author share an account, but make no run of one author: each counts as its own."""
    return np.where(authors == NOBODY, -1 - rows, authors).astype(np.int32)


def _all_different(size: int) -> Ints:
    """Values that never make a run: within one community, runs of it say nothing."""
    return np.arange(size, dtype=np.int32)


def _trail(shown: Ranking, posts: Posts, question: Question) -> Trail:
    return tuple(
        (int(_named(posts.author[row], row)), int(posts.community[row]) if question.community is None else -at)
        for at, row in enumerate(shown.rows[-weights.LONGEST_RUN :], start=1)
    )


def _last(shown: Ranking, posts: Posts) -> tuple[float, Key] | None:
    if not shown.rows.size:
        return None
    return float(shown.scores[-1]), posts.key(int(shown.rows[-1]))


def _keys(posts: Posts, rows: Rows) -> list[Key]:
    return list(zip(posts.id_high[rows].tolist(), posts.id_low[rows].tolist(), strict=True))
