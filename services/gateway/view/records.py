"""What the view tells that is no answer of a route: people, ends of histories, single facts."""

from dataclasses import dataclass
from datetime import datetime

from services.gateway.http.fields import State
from shared.log.events import Role


@dataclass(frozen=True, slots=True)
class User:
    """A person. `roles`: granted roles with their community, None for everywhere; the last grant per scope holds."""

    id: str
    handle: str  # empty once the person is erased
    roles: list[tuple[Role, str | None]]
    registered_at: datetime
    suspended_until: datetime | None  # `projections.FOREVER` where the suspension has no end
    suspended_for: str  # the reason, for the person and for moderators; empty where there is no suspension
    erased: bool
    imported: bool


@dataclass(frozen=True, slots=True)
class PostHead:
    """Where a post stands. `sequence` is that of the last fact about it."""

    author_id: str
    community: str
    state: State
    revision: int
    sequence: int
    root_id: str | None
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class PostFact:
    """One fact of a post's timeline."""

    sequence: int
    type: str
    occurred_at: datetime
    actor: str
    revision: int | None
    outcome: str | None
    took_ms: float | None
    traceparent: str | None
