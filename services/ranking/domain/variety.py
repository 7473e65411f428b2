"""Variety: not three in a row of one author or one community, where others exist."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.ranking import weights
from services.ranking.domain.posts import Floats, Ints, Key, Rows

# Another author or community is mostly near: look here first, before the whole rest.
_NEAR = 64

Trail = tuple[tuple[int, int], ...]  # (author, community) of the posts just placed, the latest last
Tired = tuple[int | None, int | None]  # the author and the community that have filled the longest run


class Starved(Exception):
    """Every post in reach would be a third in a row: look further."""


class Line:
    """Posts, best first, from which places are filled one by one."""

    def __init__(self, authors: Ints, communities: Ints, *, whole: bool) -> None:
        """`whole`: there are no posts beyond these, so that a third in a row may stand where no other exists."""
        self._authors, self._communities, self._whole = authors, communities, whole
        self._free = np.ones(authors.size, dtype=np.bool_)
        self._head = 0
        self._without_others: set[Tired] = set()

    def spread(self, places: int, trail: Trail) -> Rows:
        """Fill the places: the best post that is no third in a row, then the best that breaks one rule only, then any.

        Args:
            trail: what stands directly above the first place.

        Returns:
            Positions of the posts, in the order of the places.

        Raises:
            Starved: no other is in reach and the line is not whole.
        """
        placed: list[int] = []
        for _ in range(min(places, self._free.size)):
            chosen = self._next(trail)
            self._free[chosen] = False
            placed.append(chosen)
            here = int(self._authors[chosen]), int(self._communities[chosen])
            trail = (*trail, here)[-weights.LONGEST_RUN :]
        return np.array(placed, dtype=np.int64)

    def _next(self, trail: Trail) -> int:
        while not self._free[self._head]:
            self._head += 1
        for tired in _relaxed(_tired(trail)):
            other = self._best_other(tired)
            if other is not None:
                return other
            if not self._whole:
                raise Starved
        return self._head

    def _best_other(self, tired: Tired) -> int | None:
        author, community = tired
        # Posts only leave the line: where no other was once, none will be.
        if {tired, (author, None), (None, community)} & self._without_others:
            return None
        for reach in (self._head + _NEAR, self._free.size):
            allowed = self._allowed(slice(self._head, reach), tired)
            first = int(np.argmax(allowed))
            if allowed[first]:
                return self._head + first
        self._without_others.add(tired)
        return None

    def _allowed(self, here: slice, tired: Tired) -> NDArray[np.bool_]:
        author, community = tired
        allowed = self._free[here].copy()
        if author is not None:
            allowed &= self._authors[here] != author
        if community is not None:
            allowed &= self._communities[here] != community
        return allowed


def _tired(trail: Trail) -> Tired:
    if len(trail) < weights.LONGEST_RUN:
        return None, None
    authors, communities = {author for author, _ in trail}, {community for _, community in trail}
    return (
        authors.pop() if len(authors) == 1 else None,
        communities.pop() if len(communities) == 1 else None,
    )


def _relaxed(tired: Tired) -> Iterator[Tired]:
    """Both rules, then the community's alone, then the author's alone."""
    author, community = tired
    if author is not None and community is not None:
        yield tired
    if community is not None:
        yield None, community
    if author is not None:
        yield author, None


def penalties(scores: Floats, keys: list[Key], above: tuple[float, Key] | None) -> Floats:
    """What each post gives up by waiting, at most 0: just enough that the places are in order of score, then id.

    Args:
        scores: without variety, in the order of the places.
        keys: the ids, in the same order.
        above: score and id of the post above the first place.
    """
    lost = np.zeros(scores.size)
    for place, (score, key) in enumerate(zip(scores.tolist(), keys, strict=True)):
        final = score
        if above is not None and (score, key) > above:
            final = above[0] - weights.QUANTUM
            lost[place] = final - score
        above = final, key
    return lost
