"""Diversity re-ranking: no three consecutive posts of one author or one community while others are available."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.ranking.domain import weights
from services.ranking.domain.ranking_inputs import Floats, Ints, Key, Rows

# The next allowed post is usually near: search this many candidates before searching all of them.
_NEAR = 64

Recent = tuple[tuple[int, int], ...]  # (author, community) of the posts placed last, the latest last
Excluded = tuple[int | None, int | None]  # the author and the community that may not take the next place


class CandidatesExhausted(Exception):
    """Every candidate would make a run too long: more candidates are needed."""


class Reranker:
    """Fills places greedily from candidates that are sorted by score, best first."""

    def __init__(self, authors: Ints, communities: Ints, *, complete: bool) -> None:
        """Take one author and one community per candidate.

        Args:
            complete: no posts exist beyond these, so a run may become too long where nothing else is left.
        """
        self._authors, self._communities, self._complete = authors, communities, complete
        self._free = np.ones(authors.size, dtype=np.bool_)
        self._head = 0
        self._without_alternative: set[Excluded] = set()

    def rerank(self, places: int, recent: Recent) -> Rows:
        """Fill each place with the best post that breaks no rule, else one rule, else any.

        Args:
            recent: the posts directly above the first place.

        Returns:
            Positions of the candidates, in the order of the places.

        Raises:
            CandidatesExhausted: no candidate is allowed and the candidates are not complete.
        """
        placed: list[int] = []
        for _ in range(min(places, self._free.size)):
            chosen = self._next(recent)
            self._free[chosen] = False
            placed.append(chosen)
            latest = int(self._authors[chosen]), int(self._communities[chosen])
            recent = (*recent, latest)[-weights.LONGEST_RUN :]
        return np.array(placed, dtype=np.int64)

    def _next(self, recent: Recent) -> int:
        while not self._free[self._head]:
            self._head += 1
        for excluded in _relaxations(_excluded_by(recent)):
            alternative = self._best_alternative(excluded)
            if alternative is not None:
                return alternative
            if not self._complete:
                raise CandidatesExhausted
        return self._head

    def _best_alternative(self, excluded: Excluded) -> int | None:
        author, community = excluded
        # Candidates are removed but never added, so a missing alternative stays missing.
        if {excluded, (author, None), (None, community)} & self._without_alternative:
            return None
        for end in (self._head + _NEAR, self._free.size):
            allowed = self._allowed(slice(self._head, end), excluded)
            first = int(np.argmax(allowed))
            if allowed[first]:
                return self._head + first
        self._without_alternative.add(excluded)
        return None

    def _allowed(self, candidates: slice, excluded: Excluded) -> NDArray[np.bool_]:
        author, community = excluded
        allowed = self._free[candidates].copy()
        if author is not None:
            allowed &= self._authors[candidates] != author
        if community is not None:
            allowed &= self._communities[candidates] != community
        return allowed


def _excluded_by(recent: Recent) -> Excluded:
    if len(recent) < weights.LONGEST_RUN:
        return None, None
    authors, communities = {author for author, _ in recent}, {community for _, community in recent}
    return (
        authors.pop() if len(authors) == 1 else None,
        communities.pop() if len(communities) == 1 else None,
    )


def _relaxations(excluded: Excluded) -> Iterator[Excluded]:
    """Yield both rules, then the community's alone, then the author's alone."""
    author, community = excluded
    if author is not None and community is not None:
        yield excluded
    if community is not None:
        yield None, community
    if author is not None:
        yield author, None


def penalties(scores: Floats, keys: list[Key], above: tuple[float, Key] | None) -> Floats:
    """Return each post's penalty for re-ranking, at most 0: just enough to sort the places by score, then id.

    Args:
        scores: scores before re-ranking, in the order of the places.
        keys: the sort keys of the ids, in the same order.
        above: score and key of the post above the first place.
    """
    penalty = np.zeros(scores.size)
    for place, (score, key) in enumerate(zip(scores.tolist(), keys, strict=True)):
        final = score
        if above is not None and (score, key) > above:
            final = above[0] - weights.QUANTUM
            penalty[place] = final - score
        above = final, key
    return penalty
