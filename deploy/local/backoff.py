"""How long to wait before a part that ended is started again."""

FIRST_S = 1.0
# Half a minute: long enough to cost nothing, short enough that nobody starts it by hand first.
LONGEST_S = 30.0
# A part that ran this long was well: its next end is a new story.
HEALTHY_AFTER_S = 60.0


class Backoff:
    """1, 2, 4 … 30 seconds, from the beginning again after a healthy minute."""

    def __init__(self) -> None:
        self._next = FIRST_S

    def after(self, lived_s: float) -> float:
        """Seconds to wait, given how long the part has lived this time."""
        if lived_s >= HEALTHY_AFTER_S:
            self._next = FIRST_S
        wait, self._next = self._next, min(self._next * 2, LONGEST_S)
        return wait
