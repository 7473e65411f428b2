"""A circuit breaker: a provider that keeps failing is left alone for a while, then tried with one text.

Nygard, "Release It!" (2nd ed. 2018), chapter 5. Time comes in as data: seconds of a steady clock.
"""

from dataclasses import dataclass

from services.moderation.engines.trouble import AWAY, LASTING, OURS, Trouble, Why


@dataclass
class Breaker:
    """Closed: all goes through. Open: nothing does, until `rest_s` have passed. Then one text probes the provider."""

    # Five texts in a row, each after its own repeats, are no bad luck any more.
    threshold: int = 5
    # Long enough for a restart over there, short enough that nobody has to look.
    rest_s: float = 30.0
    # However long the provider asks to be left alone: a lie must not switch it off for a year.
    longest_rest_s: float = 900.0
    _failures: int = 0
    _open_until: float | None = None
    _probing: bool = False
    _why: Why | None = None

    def enter(self, now: float) -> None:
        """Ask to go through. Raises Trouble where the circuit is open or somebody probes already."""
        if self._open_until is None:
            return
        if now < self._open_until or self._probing:
            raise Trouble("circuit_open")
        self._probing = True

    def leave(self, trouble: Trouble | None, now: float) -> None:
        """Tell what came of it. What depends on the text says that somebody is there: it closes the circuit."""
        self._probing = False
        if trouble is not None and trouble.why in OURS:
            return
        if trouble is None or trouble.why not in AWAY:
            self._failures, self._open_until, self._why = 0, None, None
            return
        self._failures += 1
        self._why = trouble.why
        if self._open_until is not None or self._failures >= self.threshold or trouble.why in LASTING:
            self._open_until = now + min(max(self.rest_s, trouble.wait_s or 0.0), self.longest_rest_s)

    def state(self, now: float) -> str:
        """`ok`, or what is wrong, for the health report."""
        if self._open_until is None:
            return "ok" if self._why is None else f"failing: {self._why}"
        left = self._open_until - now
        return f"circuit open: {self._why}, tried again " + (f"in {left:.0f} s" if left > 0 else "with the next text")
