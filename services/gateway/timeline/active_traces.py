"""Which traces a caller has begun here: spans from browsers are taken for these only."""

from collections import OrderedDict

from shared.telemetry.tracing import trace_id

# Entries of about 100 bytes; a busy hour of a small installation.
KEPT = 20_000


class ActiveTraces:
    """Who began each of the latest traces of this replica. Timelines show trace ids: to repeat one begins nothing."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, str] = OrderedDict()

    def note(self, who: str, traceparent: str | None) -> None:
        """A request of this caller carried this traceparent."""
        if traceparent is None or traceparent.count("-") != 3:
            return
        self._seen.setdefault(trace_id(traceparent) or "", who)
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)

    def began(self, who: str, trace: str) -> bool:
        """Whether this caller was the first to send a request in this trace."""
        return self._seen.get(trace) == who
