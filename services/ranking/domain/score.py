"""The additive score: named parts, whose sum is the score, exactly."""

import numpy as np

from services.ranking import weights
from services.ranking.domain.posts import Floats, Posts, Preferences, Rows
from shared.messaging.requests import Sort

# The order in which parts are added and shown. `variety` is set when the posts are arranged.
PARTS = ("freshness", "votes", "discussion", "taste", "community", "variety")
FRESHNESS, VOTES, DISCUSSION, TASTE, COMMUNITY, VARIETY = range(len(PARTS))

# Which parts count. `new` and `top` promise one measure each; nothing else may move a post there.
_COUNTED: dict[Sort, tuple[int, ...]] = {
    "for_you": (FRESHNESS, VOTES, DISCUSSION, TASTE, COMMUNITY),
    "hot": (FRESHNESS, VOTES, DISCUSSION),
    "new": (FRESHNESS,),
    "top": (VOTES,),
}


def score_parts(posts: Posts, rows: Rows, sort: Sort, now: float, reader: Preferences | None) -> Floats:
    """The parts of each row, shape (6, rows); `variety` is 0. Without a reader, taste and community are 0.

    Args:
        now: Unix seconds from which age is counted; a post from the future has age 0.
    """
    parts = np.zeros((len(PARTS), rows.size))
    counted = _COUNTED[sort]
    if FRESHNESS in counted:
        age = np.maximum(now - posts.created[rows], 0.0)
        parts[FRESHNESS] = _whole_quanta(-age / weights.SECONDS_PER_POINT)
    if VOTES in counted:
        parts[VOTES] = _whole_quanta(weights.VOTES * _decades(posts.votes[rows]))
    if DISCUSSION in counted:
        parts[DISCUSSION] = _whole_quanta(weights.DISCUSSION * _decades(posts.replies[rows]))
    if TASTE in counted and reader is not None:
        parts[TASTE] = _whole_quanta(weights.TASTE * _spread_taste(posts, reader)[rows])
    if COMMUNITY in counted and reader is not None:
        parts[COMMUNITY] = _whole_quanta(_affinity_of(posts, rows, reader))
    return parts


def total(parts: Floats) -> Floats:
    """The score of each column: its parts, added in the order of `PARTS`."""
    score = np.zeros(parts.shape[1])
    for part in parts:
        score = score + part
    return score


def affinity(points: Floats) -> Floats:
    """What a reader's acts in each community are worth: between plus and minus `weights.COMMUNITY`, steep near 0."""
    return np.asarray(weights.COMMUNITY * np.tanh(points / weights.AFFINITY_SCALE), dtype=np.float64)


def _decades(count: Rows) -> Floats:
    """log10(1 + |count|) with the sign of the count: 0 → 0, 9 → 1, -99 → -2."""
    return np.asarray(np.sign(count) * np.log10(1.0 + np.abs(count)), dtype=np.float64)


def _spread_taste(posts: Posts, reader: Preferences) -> Floats:
    """Similarity by row, 0 where none was asked for; being unlike the reader's taste is no fault of a post."""
    by_row = np.zeros(posts.created.size)
    by_row[reader.taste_rows] = np.maximum(reader.taste, 0.0)
    return by_row


def _affinity_of(posts: Posts, rows: Rows, reader: Preferences) -> Floats:
    """Affinity by row; 0 for a community that is younger than what is known of the reader."""
    communities, points = posts.community[rows], np.zeros(rows.size)
    known = communities < reader.affinity.size
    points[known] = reader.affinity[communities[known]]
    return points


def _whole_quanta(values: Floats) -> Floats:
    # Adding 0.0 turns -0.0 into 0.0: people see these numbers.
    return np.asarray(np.rint(values / weights.QUANTUM) * weights.QUANTUM + 0.0, dtype=np.float64)
