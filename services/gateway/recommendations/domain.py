"""Recommends communities and people from the posts that are near to what a reader likes. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.messaging.requests import PostHit

# A community or a person is judged by so many of its posts, the nearest ones: a single post may be near by chance, and
# a large community must not win by its size.
JUDGED_BY = 3
FEWEST = 2
# A community in which a reader has voted for so many posts is none that they still have to find.
KNOWN_FROM_VOTES = 3


@dataclass(frozen=True)
class Source:
    """The community and the author of a post."""

    community: str
    author_id: str


@dataclass(frozen=True)
class Candidate:
    """A community (by name) or a person (by id) with its score, and the liked post that speaks for it; empty: none."""

    id: str
    kind: Literal["voted", "popular"]
    score: float = 0.0
    because: str = ""


@dataclass(frozen=True)
class Found:
    """The posts near to a reader's taste, those that they voted for (ids), and the sources of the public ones.

    `hottest`: without a taste, the ids of the hottest posts instead.
    """

    near: Sequence[PostHit]
    liked: Sequence[str]
    hottest: Sequence[str]
    sources: Mapping[str, Source]

    def candidates(self, of: Callable[[Source], str], *, left_out: frozenset[str]) -> list[Candidate]:
        """Return candidates, best first; of the hottest posts in their order. `of`: what a source recommends."""
        if self.hottest:
            in_order = dict.fromkeys(of(self.sources[post_id]) for post_id in self.hottest if post_id in self.sources)
            return [Candidate(one, "popular") for one in in_order if one not in left_out]
        found: dict[str, list[PostHit]] = {}
        for hit in self.near:
            if hit.post_id in self.sources:
                found.setdefault(of(self.sources[hit.post_id]), []).append(hit)
        candidates = [
            _candidate(one, near) for one, near in found.items() if len(near) >= FEWEST and one not in left_out
        ]
        return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.id))


def community_of(source: Source) -> str:
    """Return the community of a post."""
    return source.community


def author_of(source: Source) -> str:
    """Return the author of a post."""
    return source.author_id


def known_communities(found: Found) -> frozenset[str]:
    """Return the communities in which the reader has voted for several posts."""
    votes = Counter(found.sources[post_id].community for post_id in found.liked if post_id in found.sources)
    return frozenset(name for name, count in votes.items() if count >= KNOWN_FROM_VOTES)


def shared_communities(person_id: str, found: Found) -> list[str]:
    """Return the names of the communities of a person's near posts in which the reader has voted."""
    sources = found.sources
    near = (sources[hit.post_id] for hit in found.near if hit.post_id in sources)
    voted = {sources[post_id].community for post_id in found.liked if post_id in sources}
    return sorted({source.community for source in near if source.author_id == person_id} & voted)


def _candidate(name: str, near: Sequence[PostHit]) -> Candidate:
    best = sorted(near, key=lambda hit: -hit.score)[:JUDGED_BY]
    score = round(sum(hit.score for hit in best) / JUDGED_BY, 4)
    return Candidate(name, "voted", score, next((hit.because for hit in best if hit.because), ""))
