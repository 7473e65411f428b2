"""Changes that the view announces to its listeners after each batch."""

from dataclasses import dataclass

from shared.log.events import Outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """A valid decision: it judged the current revision."""

    post_id: str
    author_id: str
    community: str
    revision: int
    outcome: Outcome
    sequence: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """A post that became visible to others."""

    post_id: str
    community: str
    author_id: str
    is_comment: bool
    root_id: str | None
    sequence: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A published post that others can no longer see."""

    post_id: str
    community: str
    sequence: int


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """A user's roles or standing changed."""

    user_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Vote and comment counts of a published post after a batch. `sequence`: of the last fact folded from `EVENTS`."""

    post_id: str
    up: int
    down: int
    score: int
    comments: int
    sequence: int


Change = Decided | Published | TakenDown | AccountChanged | Counts
