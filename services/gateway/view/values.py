"""What the view tells: people, communities, ends of histories, and changes for those who listen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from services.gateway.schemas import State
from shared.sealing import DataKey

Outcome = Literal["published", "held", "rejected"]


class Keys(Protocol):
    """Where the data keys come from; `shared.keys.KeyRing` is the real one."""

    async def key_of(self, user_id: str) -> DataKey:
        """A person's key; raises `shared.keys.Erased` where there is none any more."""
        ...


@dataclass(frozen=True, slots=True)
class User:
    """A person. `roles`: granted roles with their community, None for everywhere; the last grant per scope holds."""

    id: str
    handle: str  # empty once the person is erased
    roles: list[tuple[str, str | None]]
    registered_at: datetime
    suspended_until: datetime | None  # `FOREVER` where the suspension has no end
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


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that counts: it judged the revision that was the present one."""

    post_id: str
    author_id: str
    community: str
    revision: int
    outcome: Outcome
    sequence: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """A post that others can see from here on."""

    post_id: str
    community: str
    author_id: str
    is_comment: bool
    root_id: str | None
    sequence: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """A published post's numbers after a batch; `sequence` is how far `EVENTS` was folded then."""

    post_id: str
    up: int
    down: int
    score: int
    comments: int
    sequence: int


Change = Decided | Published | Counts
