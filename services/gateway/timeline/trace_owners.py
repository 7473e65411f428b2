"""Remembers who began each trace: spans from a browser are accepted only from the caller who began their trace."""

from collections import OrderedDict

from shared.telemetry.tracing import trace_id

# Entries of about 100 bytes; a busy hour of a small installation.
REMEMBERED = 20_000


class TraceOwners:
    """The callers who began the latest traces of this replica.

    Timelines show trace ids to everybody, so a caller could copy one: a trace belongs to the first caller.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, str] = OrderedDict()

    def note(self, who: str, traceparent: str | None) -> None:
        """Note that a request of this caller carried this traceparent."""
        trace = trace_id(traceparent)
        if trace is None:
            return
        self._seen.setdefault(trace, who)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def began(self, who: str, trace: str) -> bool:
        """Return whether this caller sent the first request of this trace."""
        return self._seen.get(trace) == who
