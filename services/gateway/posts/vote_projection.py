"""Folds votes: a user's last vote on a post replaces the one before."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Vote(NamedTuple):
    """A user's last vote on a post: +1, −1 or 0, and its weight in percent."""

    value: int
    weight: int


NO_VOTE = Vote(0, 0)


@dataclass(slots=True)
class VoteTallies:
    """Votes by (post, user), loaded before the fold, and how each post's tallies change, in percent of a full vote."""

    votes: dict[tuple[str, str], Vote]
    up: dict[str, int] = field(default_factory=dict)
    down: dict[str, int] = field(default_factory=dict)

    def take(self, post_id: str, user_id: str, vote: Vote) -> None:
        """Replace a user's vote on a post; repeating the same vote changes no tally."""
        old = self.votes.get((post_id, user_id), NO_VOTE)
        self.votes[post_id, user_id] = vote
        self.up[post_id] = self.up.get(post_id, 0) + _on(1, vote) - _on(1, old)
        self.down[post_id] = self.down.get(post_id, 0) + _on(-1, vote) - _on(-1, old)


def _on(side: int, vote: Vote) -> int:
    return vote.weight if vote.value == side else 0
