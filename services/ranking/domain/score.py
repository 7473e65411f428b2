"""The additive score: named parts whose sum is exactly the score."""

import numpy as np

from services.ranking.domain import weights
from services.ranking.domain.ranking_inputs import Floats, Posts, Preferences, Rows
from shared.messaging.requests import Sort

# The parts in the order in which they are added and shown. `variety` is set by the diversity re-ranking.
PARTS = ("freshness", "votes", "discussion", "taste", "community", "seen", "variety")
FRESHNESS, VOTES, DISCUSSION, TASTE, COMMUNITY, SEEN, VARIETY = range(len(PARTS))

# The parts that count for each sort. `new` and `top` promise a single measure; nothing else may move a post there.
_COUNTED: dict[Sort, tuple[int, ...]] = {
    "for_you": (FRESHNESS, VOTES, DISCUSSION, TASTE, COMMUNITY, SEEN),
    "hot": (FRESHNESS, VOTES, DISCUSSION),
    "new": (FRESHNESS,),
    "top": (VOTES,),
}


def score_parts(posts: Posts, rows: Rows, sort: Sort, now: float, reader: Preferences | None) -> Floats:
    """Return the parts of each row, shape (7, rows). `variety` is 0; without a reader, all but the first three are.

    Args:
        now: Unix seconds against which age is measured; a post from the future has age 0.
    """
    parts = np.zeros((len(PARTS), rows.size))
    counted = _COUNTED[sort]
    if FRESHNESS in counted:
        age = np.maximum(now - posts.created[rows], 0.0)
        parts[FRESHNESS] = _quantized(_aging(age) if sort == "for_you" else -age / weights.SECONDS_PER_POINT)
    if VOTES in counted:
        parts[VOTES] = _quantized(weights.VOTES * _decades(posts.votes[rows]))
    if DISCUSSION in counted:
        parts[DISCUSSION] = _quantized(weights.DISCUSSION * _decades(posts.replies[rows]))
    if TASTE in counted and reader is not None:
        parts[TASTE] = _quantized(weights.TASTE * _similarity_by_row(posts, reader)[rows])
    if COMMUNITY in counted and reader is not None:
        parts[COMMUNITY] = _quantized(_affinity_by_row(posts, rows, reader))
    if SEEN in counted and reader is not None:
        parts[SEEN] = np.where(np.isin(rows, reader.seen), weights.SEEN, 0.0)
    return parts


def total(parts: Floats) -> Floats:
    """Return the score of each column: its parts, added in the order of `PARTS`."""
    score = np.zeros(parts.shape[1])
    for part in parts:
        score = score + part
    return score


def affinity(points: Floats) -> Floats:
    """Map a reader's points per community to ±`weights.COMMUNITY`; the curve is steepest near 0."""
    return np.asarray(weights.COMMUNITY * np.tanh(points / weights.AFFINITY_SCALE), dtype=np.float64)


def _aging(age: Floats) -> Floats:
    """Return what `for_you` takes off by age in seconds: the older a post is, the less another day matters."""
    return np.asarray(-weights.AGE_DOUBLING * np.log2(1.0 + age / weights.AGE_UNIT), dtype=np.float64)


def _decades(count: Rows) -> Floats:
    """Return log10(1 + |count|) with the sign of the count: 0 → 0, 9 → 1, -99 → -2."""
    return np.asarray(np.sign(count) * np.log10(1.0 + np.abs(count)), dtype=np.float64)


def _similarity_by_row(posts: Posts, reader: Preferences) -> Floats:
    """Return the similarity of all rows; unknown and negative ones are 0: dissimilar posts get no penalty."""
    by_row = np.zeros(posts.created.size)
    by_row[reader.similar_rows] = np.maximum(reader.similarity, 0.0)
    return by_row


def _affinity_by_row(posts: Posts, rows: Rows, reader: Preferences) -> Floats:
    """Return affinity by row; 0 for a community that was created after the preferences were computed."""
    communities, points = posts.community[rows], np.zeros(rows.size)
    known = communities < reader.affinity.size
    points[known] = reader.affinity[communities[known]]
    return points


def _quantized(values: Floats) -> Floats:
    # Adding 0.0 turns -0.0 into 0.0: readers see these numbers.
    return np.asarray(np.rint(values / weights.QUANTUM) * weights.QUANTUM + 0.0, dtype=np.float64)
