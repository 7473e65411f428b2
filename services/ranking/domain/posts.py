"""What is ranked and for whom: columns, the question, the moment, the reader.

numpy is allowed here: 200,000 posts are scored within a request, which lists of objects cannot do; it does no I/O.
"""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from shared.messaging.requests import Sort, Window

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint64]

HOUR = 3600.0
# Seconds in each window of `top`; months and years are the usual 30 and 365 days.
WINDOWS: dict[Window, float] = {
    "hour": HOUR,
    "day": 24 * HOUR,
    "week": 7 * 24 * HOUR,
    "month": 30 * 24 * HOUR,
    "year": 365 * 24 * HOUR,
    "all": float("inf"),
}


Key = tuple[int, int]


def id_key(post_id: str) -> Key:
    """The halves of a UUID, which sort as the id does; of any other text, halves of its hash."""
    try:
        value = UUID(post_id).int
    except ValueError:
        value = int.from_bytes(hashlib.sha256(post_id.encode()).digest()[:16], "big")
    return value >> 64, value & (2**64 - 1)


# The author number of imported posts that name no author.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Posts:
    """Columns, one row a post. `listed`: the sequence that put it into the feed; 0 or less while it is not there.

    `id_high` and `id_low` are the halves of the id; `created` is in Unix seconds; `votes` are net of up, down and
    the score that an imported post brought along.
    """

    id_high: Words
    id_low: Words
    author: Ints
    community: Ints
    created: Floats
    listed: Rows
    votes: Rows
    replies: Rows

    def key(self, row: int) -> Key:
        """The id's sort key, as `id_key` makes it."""
        return int(self.id_high[row]), int(self.id_low[row])


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment that a feed shows: what was listed at `sequence`, with ages at `at` (Unix seconds)."""

    sequence: int
    at: float


@dataclass(frozen=True, slots=True)
class Question:
    """Which feed. `community` is a column value; None: all of them."""

    sort: Sort
    window: Window = "all"
    community: int | None = None


def _no_rows() -> Rows:
    return np.empty(0, dtype=np.int64)


def _no_values() -> Floats:
    return np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Preferences:
    """One reader. `affinity`: points by community value; `taste`: cosine for each of `taste_rows`; `hidden`: rows."""

    affinity: Floats = field(default_factory=_no_values)
    taste_rows: Rows = field(default_factory=_no_rows)
    taste: Floats = field(default_factory=_no_values)
    hidden: Rows = field(default_factory=_no_rows)


def select(posts: Posts, question: Question, as_of: AsOf, hidden: Rows | None = None) -> Rows:
    """The rows that belong to the feed at that moment, without an order."""
    wanted = (posts.listed > 0) & (posts.listed <= as_of.sequence)
    if question.community is not None:
        wanted &= posts.community == question.community
    if question.sort == "top" and question.window != "all":
        wanted &= posts.created >= as_of.at - WINDOWS[question.window]
    if hidden is not None:
        wanted[hidden] = False
    return np.flatnonzero(wanted)
