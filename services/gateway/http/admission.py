"""Limits how many requests are answered at once, by kind: under load dry runs are refused first, writes last."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from shared.problems import TooManyRequests, Unavailable

Kind = Literal["dry_run", "record", "read", "write"]

# Each kind has slots of its own, so that a flood of one kind takes none from another. A dry run computes as much as a
# decision and binds nobody. A write waits at most for the broker's acknowledgement and must be refused last.
SLOTS: dict[Kind, int] = {"dry_run": 8, "record": 32, "read": 256, "write": 512}
# Dry runs of one caller at a time: one that is shown, and one that was abandoned for a newer text.
DRY_RUNS_PER_CALLER = 2
# Capabilities whose requests store nothing that binds anybody, though they are not reads.
KINDS: dict[str, Kind] = {
    "check_draft": "dry_run",
    "send_previews": "record",
    "send_traces": "record",
    "verify_receipt": "record",
}


def kind_of(capability: str, *, safe: bool) -> Kind:
    """Return the kind of a request. `safe`: its method changes nothing."""
    return KINDS.get(capability) or ("read" if safe else "write")


class Admission:
    """Counts the requests that are being answered."""

    def __init__(self, slots: dict[Kind, int] | None = None) -> None:
        self._slots = slots or SLOTS
        self._taken: Counter[Kind] = Counter()
        self._dry_runs: Counter[str] = Counter()

    @contextmanager
    def admitted(self, kind: Kind, who: str) -> Iterator[None]:
        """Hold a slot during the block.

        Raises:
            TooManyRequests: the caller has too many dry runs under way.
            Unavailable: `overloaded`, all slots of this kind are taken.
        """
        if kind == "dry_run" and self._dry_runs[who] >= DRY_RUNS_PER_CALLER:
            raise TooManyRequests("Your earlier checks are still running. You can post without a check.")
        if self._taken[kind] >= self._slots[kind]:
            raise Unavailable(
                "You can post without a check." if kind == "dry_run" else "Nothing was stored. Try again.", "overloaded"
            )
        self._taken[kind] += 1
        if kind == "dry_run":
            self._dry_runs[who] += 1
        try:
            yield
        finally:
            self._taken[kind] -= 1
            if kind == "dry_run":
                self._dry_runs[who] -= 1
                self._dry_runs += Counter()  # forget callers without dry runs
