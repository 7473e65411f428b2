"""A circuit breaker: stops calls to a provider that keeps failing, and later probes it with one text.

Nygard, "Release It!" (2nd ed. 2018), chapter 5. Times are passed in, in seconds of a monotonic clock.
"""

from dataclasses import dataclass

from services.moderation.engines.provider_errors import (
    NEVER_WORKED,
    NOT_CALLED,
    PERMANENT,
    UNAVAILABLE,
    ErrorCode,
    ProviderError,
)


@dataclass
class CircuitBreaker:
    """Closed: calls pass. Open: none passes for `open_s` seconds. Half-open: one call probes the provider."""

    # Five failed texts in a row, each after its own retries, are no coincidence.
    threshold: int = 5
    # Long enough for the provider to restart, short enough that no operator has to step in.
    open_s: float = 30.0
    # The longest wait that the provider may ask for: a wrong Retry-After must not switch it off for a year.
    max_open_s: float = 900.0
    _unavailable: int = 0  # texts in a row for which the provider was unavailable
    _unusable: int = 0  # texts in a row with a response that could not be used
    _open_until: float | None = None
    _probing: bool = False
    _last_code: ErrorCode | None = None
    _worked: bool = False  # since the start
    sentence: str = ""  # of the provider, about a standing fault

    def before_call(self, now: float) -> None:
        """Let a call pass, or raise ProviderError `circuit_open` if the circuit is open or being probed."""
        if self._open_until is None:
            return
        if now < self._open_until or self._probing:
            raise ProviderError("circuit_open")
        self._probing = True

    def after_call(self, error: ProviderError | None, now: float) -> None:
        """Record how a call ended. An error that depends on the text closes the circuit: the provider answers."""
        self._probing = False
        if error is not None and error.code in NOT_CALLED:
            return
        self._last_code = error.code if error else None
        self.sentence = error.sentence if error else ""
        self._worked = self._worked or error is None
        if error is None or error.code not in UNAVAILABLE:
            self._unavailable, self._open_until = 0, None
            self._unusable = self._unusable + 1 if error else 0
            if error and self.misconfigured:  # it has refused everything since the start: not one text's fault
                self._open_until = now + self.open_s
            return
        self._unavailable += 1
        if self._open_until is not None or self._unavailable >= self.threshold or error.code in PERMANENT:
            self._open_until = now + min(max(self.open_s, error.retry_after_s or 0.0), self.max_open_s)

    @property
    def misconfigured(self) -> ErrorCode | None:
        """The error that shows that the provider will not work until somebody changes something; None if none does."""
        failed = self._unavailable + self._unusable
        if self._last_code in PERMANENT and failed:
            return self._last_code
        never_worked = not self._worked and failed >= self.threshold
        return self._last_code if never_worked and self._last_code in NEVER_WORKED else None

    def state(self, now: float) -> str:
        """Return `ok` or what is wrong. One unusable response may be due to the text; five in a row are reported."""
        if self._open_until is not None:
            remaining = self._open_until - now
            when = f"in {remaining:.0f} s" if remaining > 0 else "with the next text"
            return f"circuit open: {self._last_code}, tried again {when}"
        failing = self._unavailable > 0 or self._unusable >= self.threshold
        return f"failing: {self._last_code}" if failing else "ok"
