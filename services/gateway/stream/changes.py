"""What happened in the view, for those who listen: the author's stream, the feed's, the counts under a post."""

from dataclasses import dataclass

from shared.log.events import Outcome


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
class TakenDown:
    """A post that others could see, and cannot see from here on."""

    post_id: str
    community: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A published post's numbers after a batch; `sequence` is how far `EVENTS` was folded then."""

    post_id: str
    up: int
    down: int
    score: int
    comments: int
    sequence: int


Change = Decided | Published | TakenDown | Counts
