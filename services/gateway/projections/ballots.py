"""What a person's last word on a post does to its votes."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Ballots:
    """Votes by (post, person): loaded before the fold, with how the tallies change by it."""

    cast: dict[tuple[str, str], tuple[int, int]]  # value, sequence of the signal
    up: dict[str, int] = field(default_factory=dict)
    down: dict[str, int] = field(default_factory=dict)

    def take(self, post_id: str, user_id: str, value: int, sequence: int) -> None:
        """A person's last word on a post replaces the one before; an older one, or the same again, is nothing."""
        old, at = self.cast.get((post_id, user_id), (0, 0))
        if sequence <= at:
            return
        self.cast[post_id, user_id] = (value, sequence)
        self.up[post_id] = self.up.get(post_id, 0) + (value == 1) - (old == 1)
        self.down[post_id] = self.down.get(post_id, 0) + (value == -1) - (old == -1)
