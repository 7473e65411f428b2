"""Folds votes: a user's last vote on a post replaces the one before."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class VoteTallies:
    """Votes by (post, user), loaded before the fold, and how each post's tallies change."""

    votes: dict[tuple[str, str], int]
    up: dict[str, int] = field(default_factory=dict)
    down: dict[str, int] = field(default_factory=dict)

    def take(self, post_id: str, user_id: str, value: int) -> None:
        """Replace a user's vote on a post; repeating the same vote changes no tally."""
        old = self.votes.get((post_id, user_id), 0)
        self.votes[post_id, user_id] = value
        self.up[post_id] = self.up.get(post_id, 0) + (value == 1) - (old == 1)
        self.down[post_id] = self.down.get(post_id, 0) + (value == -1) - (old == -1)
