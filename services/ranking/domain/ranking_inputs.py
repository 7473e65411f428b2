"""Inputs of the ranking: post columns, the feed query, the moment, and the reader's preferences.

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
UInts = NDArray[np.uint64]

HOUR = 3600.0
# Length of each window of `top` in seconds; months and years are the usual 30 and 365 days.
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
    """Return the two halves of a UUID, which sort as the id does. Any other text is hashed first."""
    try:
        value = UUID(post_id).int
    except ValueError:
        value = int.from_bytes(hashlib.sha256(post_id.encode()).digest()[:16], "big")
    return value >> 64, value & (2**64 - 1)


# The author number of imported posts that name no author.
NO_AUTHOR = 0


@dataclass(frozen=True, slots=True)
class Posts:
    """The columns used for scoring, one row per post.

    `listed` is the sequence of the fact that put the post into the feed, 0 or less while it is not listed. `id_high`
    and `id_low` are the halves of the id. `created` is in Unix seconds. `votes` is whole upvotes minus whole downvotes,
    as posts show them, plus the score that an imported post had at its source.
    """

    id_high: UInts
    id_low: UInts
    author: Ints
    community: Ints
    created: Floats
    listed: Rows
    votes: Rows
    replies: Rows

    def key(self, row: int) -> Key:
        """Return the sort key of the id, as `id_key` computes it."""
        return int(self.id_high[row]), int(self.id_low[row])


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment a ranking shows: posts listed up to `sequence`, ages measured at `at` (Unix seconds)."""

    sequence: int
    at: float


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """The requested feed. `community` is a value of that column; None means all communities."""

    sort: Sort
    window: Window = "all"
    community: int | None = None


def _no_rows() -> Rows:
    return np.empty(0, dtype=np.int64)


def _no_values() -> Floats:
    return np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Preferences of one reader.

    `known`: the reader has a taste; without one, `for_you` is `hot` without what they refused. `affinity` holds points
    by community value. `similarity` is the cosine between the user embedding and each post of `similar_rows`. `seen`
    are the rows on which the reader has voted or that they have read. `hidden` are the rows that they asked to see less
    of, `hidden_authors` and `hidden_communities` the values of those columns that they are not interested in.
    """

    known: bool = False
    affinity: Floats = field(default_factory=_no_values)
    similar_rows: Rows = field(default_factory=_no_rows)
    similarity: Floats = field(default_factory=_no_values)
    seen: Rows = field(default_factory=_no_rows)
    hidden: Rows = field(default_factory=_no_rows)
    hidden_authors: tuple[int, ...] = ()
    hidden_communities: tuple[int, ...] = ()


def select(posts: Posts, query: FeedQuery, as_of: AsOf, reader: Preferences | None = None) -> Rows:
    """Return the unordered rows that belong to the feed at that moment, without those that the reader refused.

    A feed of one community was asked for by name, so it shows this community in any case.
    """
    selected = (posts.listed > 0) & (posts.listed <= as_of.sequence)
    if query.community is not None:
        selected &= posts.community == query.community
    if query.sort == "top" and query.window != "all":
        selected &= posts.created >= as_of.at - WINDOWS[query.window]
    if reader is not None:
        selected[reader.hidden] = False
        if reader.hidden_authors:
            selected &= ~np.isin(posts.author, reader.hidden_authors)
        if reader.hidden_communities and query.community is None:
            selected &= ~np.isin(posts.community, reader.hidden_communities)
    return np.flatnonzero(selected)
