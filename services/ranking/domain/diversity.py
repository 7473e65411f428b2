"""Diversity re-ranking: no long runs of one author or community, and many communities in each block of places."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.ranking.domain import weights
from services.ranking.domain.ranking_inputs import Floats, Ints, Key, Rows

# The next allowed post is usually near: search this many candidates before searching all of them.
_NEAR = 64


@dataclass(frozen=True, slots=True)
class Above:
    """Authors and communities of the places above the next one, in their order.

    At least those of the last `weights.LONGEST_RUN` places, and of the block of `weights.BLOCK` places that the next
    one belongs to. `in_block`: how many of them are in that block; None: blocks do not matter.
    """

    authors: tuple[int, ...] = ()
    communities: tuple[int, ...] = ()
    in_block: int | None = None

    def below(self, author: int, community: int) -> "Above":
        """Return what is above the place below a post of this author and community."""
        in_block = None if self.in_block is None else (self.in_block + 1) % weights.BLOCK
        kept = max(weights.LONGEST_RUN, in_block or 0)
        return Above((*self.authors, author)[-kept:], (*self.communities, community)[-kept:], in_block)

    def excluded(self) -> "Excluded":
        """Return the author of a run that is long enough, and the communities that may not follow."""
        authors, run = (set(values[-weights.LONGEST_RUN :]) for values in (self.authors, self.communities))
        is_run = len(self.authors) >= weights.LONGEST_RUN
        return Excluded(
            author=authors.pop() if is_run and len(authors) == 1 else None,
            run=frozenset(run if is_run and len(run) == 1 else ()),
            repeated=self._repeated(),
        )

    def _repeated(self) -> frozenset[int]:
        """Return the communities of the block, once so many of its places repeat one that it cannot have enough."""
        if not self.in_block:
            return frozenset()
        block = self.communities[-self.in_block :]
        repeats = len(block) - len(set(block))
        return frozenset(block if repeats >= weights.BLOCK - weights.DISTINCT else ())


@dataclass(frozen=True, slots=True)
class Excluded:
    """The author and the communities that may not take the next place: of a run, and repeated in the block."""

    author: int | None
    run: frozenset[int]
    repeated: frozenset[int]

    def relaxations(self) -> "Iterator[Exclusion]":
        """Yield all rules, then fewer: that of the author goes first, that of runs of a community last but one."""
        exclusions = (
            (self.author, self.run | self.repeated),
            (None, self.run | self.repeated),
            (self.author, self.run),
            (None, self.run),
            (self.author, frozenset[int]()),
        )
        for exclusion in dict.fromkeys(exclusions):
            if exclusion != NOBODY:
                yield exclusion


Exclusion = tuple[int | None, frozenset[int]]
NOBODY: Exclusion = (None, frozenset())


class CandidatesExhausted(Exception):
    """Every candidate would break a rule: more candidates are needed."""


class Reranker:
    """Fills places greedily from candidates that are sorted by score, best first."""

    def __init__(self, authors: Ints, communities: Ints, *, complete: bool) -> None:
        """Take one author and one community per candidate.

        Args:
            complete: no posts exist beyond these, so a rule may be broken where nothing else is left.
        """
        self._authors, self._communities, self._complete = authors, communities, complete
        self._free = np.ones(authors.size, dtype=np.bool_)
        self._head = 0
        self._without_alternative: set[Exclusion] = set()

    def rerank(self, places: int, above: Above) -> Rows:
        """Fill each place with the best post that breaks no rule, else as few as possible.

        Args:
            above: the posts directly above the first place.

        Returns:
            Positions of the candidates, in the order of the places.

        Raises:
            CandidatesExhausted: no candidate is allowed and the candidates are not complete.
        """
        placed: list[int] = []
        for _ in range(min(places, self._free.size)):
            chosen = self._next(above.excluded())
            self._free[chosen] = False
            placed.append(chosen)
            above = above.below(int(self._authors[chosen]), int(self._communities[chosen]))
        return np.array(placed, dtype=np.int64)

    def _next(self, excluded: Excluded) -> int:
        while not self._free[self._head]:
            self._head += 1
        for exclusion in excluded.relaxations():
            alternative = self._best_alternative(exclusion)
            if alternative is not None:
                return alternative
            if not self._complete:
                raise CandidatesExhausted
        return self._head

    def _best_alternative(self, exclusion: Exclusion) -> int | None:
        # Candidates are removed but never added, so a missing alternative stays missing, also if more is excluded.
        author, communities = exclusion
        if any(missing[0] in (None, author) and missing[1] <= communities for missing in self._without_alternative):
            return None
        for end in (self._head + _NEAR, self._free.size):
            allowed = self._allowed(slice(self._head, end), exclusion)
            first = int(np.argmax(allowed))
            if allowed[first]:
                return self._head + first
        self._without_alternative.add(exclusion)
        return None

    def _allowed(self, candidates: slice, exclusion: Exclusion) -> NDArray[np.bool_]:
        author, communities = exclusion
        allowed = self._free[candidates].copy()
        if author is not None:
            allowed &= self._authors[candidates] != author
        if communities:
            allowed &= ~np.isin(self._communities[candidates], list(communities))
        return allowed


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
