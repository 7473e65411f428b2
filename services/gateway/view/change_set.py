"""The rows that a batch of facts can touch, and what its fold leaves to be written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from services.gateway.view.change_notifications import AccountChanged, Decided, Published, TakenDown
from services.gateway.view.tables import USUAL
from shared.log.events import Event, PostDecided, remembered_keys, repeat_key
from shared.roles.ranks import Held

State = Literal["pending", "published", "held", "rejected", "withdrawn"]
Text = tuple[str, str]  # title, body
# Of a reader's interest: reader, kind, target.
Interest = tuple[str, str, str]
# The opened content of a fact: a post's text, a handle, a handle with the reason to join, a reason, or kind and target
# of an interest; None if its key is gone.
Opened = Text | str | None


@dataclass(slots=True)
class Post:
    """A row of `posts`. `decision`: the sequence of the current decision."""

    id: str
    author_id: str
    community: str
    parent_id: str | None
    root_id: str | None
    state: State
    revision: int
    sequence: int
    created_at: str
    edited_at: str | None = None
    origin_score: int = 0
    imported: bool = False
    date_known: bool = True  # False: an import did not say it, and `created_at` is the time of the import
    decision: int | None = None
    waiting: bool = False  # in the review queue: held, rejected and appealed, or published and reported
    was_public: bool = False  # others could see it once
    support: bool = False  # a decision on it found that somebody may need help
    urgency: int = USUAL  # its place in the review queue by what the engines found: an index into `URGENCIES`
    reported: int | None = None  # the sequence of the first report that no moderator has answered
    report_weight: int = 0  # of the reports since then, in percent; each reporter counts once


@dataclass(slots=True)
class User:
    """A row of `users`."""

    id: str
    handle: str | None
    registered_at: str
    suspended_until: str | None = None
    suspended_for: str | None = None
    erased: bool = False
    imported: bool = False
    approval: str = "approved"
    application: str | None = None  # why the person wants to join, until they are approved or erased
    refused_for: str | None = None
    decided_at: str | None = None  # when they were refused
    invited_by: str | None = None  # an actor


@dataclass(slots=True)
class Community:
    """A row of `communities`."""

    name: str
    title: str
    guideline: str
    created_at: str


@dataclass(slots=True)
class Appeal:
    """A row of `appeals`: an author's appeal against a decision. `reason` is None once the author is erased."""

    post_id: str
    sequence: int
    appealed_at: str
    reason: str | None


@dataclass(slots=True)
class Report:
    """A row of `reports`: a user's report about a post. `reason` is None once the reporter is erased."""

    post_id: str
    sequence: int
    revision: int
    reporter_id: str
    reason: str | None
    weight: int


@dataclass(slots=True)
class Decision:
    """A decision about the revision that was current when it was made."""

    sequence: int
    post_id: str
    author_id: str
    community: str
    fact: PostDecided
    decided_at: str
    traceparent: str | None
    published: bool  # it made the post visible to others


@dataclass(slots=True)
class Act:
    """A row of `acts`: an appointment, a removal, a suspension, a reinstatement, a sign-up by invitation, an approval,
    a refusal or a moderator's decision.

    `about_id`: the user whom it concerns. `detail`: a role or an outcome. `reason` is None once that user is erased.
    """

    sequence: int
    type: str
    actor: str
    about_id: str
    post_id: str | None
    community: str | None
    detail: str
    reason: str | None
    at: str


@dataclass(slots=True)
class ChangeSet:
    """The rows that a batch of facts can touch, loaded before the fold, and what the fold leaves to be written.

    Loaded: `posts` named by the facts and all posts of users who are erased in the batch; `users` and `communities`
    named by the facts; `open_reports`: (post, reporter) → the weight of their report that no moderator has answered, on
    posts that are reported in the batch; `roles` of these users, and all `admins`; `erased`: the authors, reporters
    and readers of the batch who were erased before; `repeat_keys`: those of the batch's rare facts that were folded
    before.
    """

    posts: dict[str, Post] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    communities: dict[str, Community] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    open_reports: dict[tuple[str, str], int] = field(default_factory=dict)
    roles: dict[str, Held] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)
    repeat_keys: set[str] = field(default_factory=set)

    touched: set[str] = field(default_factory=set)  # ids of posts, users and communities to write
    texts: dict[str, Text | None] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    comments: dict[str, int] = field(default_factory=dict)  # root post → change in its number of published comments
    community_posts: dict[str, int] = field(default_factory=dict)
    timeline: list[Event] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    not_interested: dict[Interest, str | None] = field(default_factory=dict)  # since when; None: again
    leaving: set[str] = field(default_factory=set)  # users who are erased in this batch
    changes: list[Decided | Published | TakenDown | AccountChanged] = field(default_factory=list)
    handle_removed: bool = False
    words_replaced: bool = False  # a post was edited or withdrawn, so its former words must leave the file
    new_repeat_keys: set[str] = field(default_factory=set)

    def is_repeat(self, event: Event) -> bool:
        """Return whether this is a stored copy of a rare fact; remember it otherwise."""
        if repeat_key(event) in self.repeat_keys:
            return True
        self.repeat_keys |= remembered_keys(event)
        self.new_repeat_keys |= remembered_keys(event)
        return False


# Folds one fact, with its opened content, into the change set.
Fold = Callable[[ChangeSet, Event, Opened], None]


def time_of(moment: datetime) -> str:
    """Return a time as the tables store it: RFC 3339, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
