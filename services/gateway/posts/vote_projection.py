"""What a person's last word on a post does to its votes."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class VoteTallies:
    """Votes by (post, person): loaded before the fold, with how the tallies change by it."""

    cast: dict[tuple[str, str], int]
    up: dict[str, int] = field(default_factory=dict)
    down: dict[str, int] = field(default_factory=dict)

    def take(self, post_id: str, user_id: str, value: int) -> None:
        """A person's last word on a post replaces the one before; the same word again counts nothing."""
        old = self.cast.get((post_id, user_id), 0)
        self.cast[post_id, user_id] = value
        self.up[post_id] = self.up.get(post_id, 0) + (value == 1) - (old == 1)
        self.down[post_id] = self.down.get(post_id, 0) + (value == -1) - (old == -1)
