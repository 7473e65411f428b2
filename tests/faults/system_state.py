"""I8: previews bind nobody. What must be the same with them, without them, and with lies in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.log.events import Event, PostDecided
from tests.faults.stored_state import LogContents


@dataclass(frozen=True)
class SystemState:
    """All that previews must not move: the stored bytes of both streams, and a digest for each view."""

    logged: LogContents
    views: dict[str, str]


def differences(before: SystemState, after: SystemState) -> list[str]:
    """What has changed although nothing but previews has."""
    wrong = []
    for name in ("events", "signals"):
        was, now = getattr(before.logged, name), getattr(after.logged, name)
        if was != now:
            wrong.append(f"{name}: {len(was)} messages became {len(now)}, or others")
    wrong += [f"the view {name} is another one" for name, was in before.views.items() if after.views.get(name) != was]
    return wrong


def decision_outcomes(facts: Sequence[Event]) -> list[tuple[str, int, Any]]:
    """What was decided about each revision, in the order of the log, without times and ids of facts."""
    return [
        (event.entity_id, event.data.revision, event.data.model_dump(exclude={"took_ms", "appeal_until", "author_id"}))
        for event in facts
        if isinstance(event.data, PostDecided)
    ]
