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
    _away: int = 0  # texts in a row that found nobody
    _useless: int = 0  # texts in a row that got an answer that nobody can use
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
        self._why = trouble.why if trouble else None
        if trouble is None or trouble.why not in AWAY:
            self._away, self._open_until = 0, None
            self._useless = self._useless + 1 if trouble else 0
            return
        self._away += 1
        if self._open_until is not None or self._away >= self.threshold or trouble.why in LASTING:
            self._open_until = now + min(max(self.rest_s, trouble.wait_s or 0.0), self.longest_rest_s)

    def state(self, now: float) -> str:
        """`ok`, or what is wrong, for the health report. One useless answer may be the text's fault; five are not."""
        if self._open_until is not None:
            left = self._open_until - now
            when = f"in {left:.0f} s" if left > 0 else "with the next text"
            return f"circuit open: {self._why}, tried again {when}"
        failing = self._away > 0 or self._useless >= self.threshold
        return f"failing: {self._why}" if failing else "ok"
