"""The state that must not depend on previews (I8): with previews, without them, and with forged ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.log.events import Event, PostDecided
from tests.faults.stored_state import LogContents


@dataclass(frozen=True)
class SystemState:
    """The state that previews must not change: the stored bytes of both streams, and a digest of each view."""

    logged: LogContents
    views: dict[str, str]


def differences(before: SystemState, after: SystemState) -> list[str]:
    """Return what differs between two states."""
    found = []
    for name in ("events", "signals"):
        was, now = getattr(before.logged, name), getattr(after.logged, name)
        if was != now:
            found.append(f"{name}: {len(was)} messages became {len(now)}, or their content changed")
    found += [f"the view {name} has changed" for name, was in before.views.items() if after.views.get(name) != was]
    return found


def decision_outcomes(facts: Sequence[Event]) -> list[tuple[str, int, Any]]:
    """Return the decision on each revision, in log order, without times and fact ids."""
    return [
        (event.entity_id, event.data.revision, event.data.model_dump(exclude={"took_ms", "appeal_until", "author_id"}))
        for event in facts
        if isinstance(event.data, PostDecided)
    ]
