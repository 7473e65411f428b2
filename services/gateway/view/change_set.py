"""The part of the view that a batch of facts touches, and what folding the batch leaves to be written."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.gateway.http.fields import State
from services.gateway.stream.changes import Decided, Published, TakenDown
from shared.log.events import Event, PostDecided

Text = tuple[str, str]  # title, body
# What was sealed in a fact: a post's text, a handle or a reason; None where its key is gone.
Opened = Text | str | None
# A suspension without an end is one until the last moment that a `datetime` can hold.
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Post:
    """One post as the table `posts` holds it. `decision` is the sequence of the decision that counts now."""

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
    decision: int | None = None
    waiting: bool = False  # for a person: held, rejected and appealed, or published and reported
    reported: int | None = None  # the first report that no person has decided after


@dataclass(slots=True)
class Person:
    """One person as the table `users` holds them."""

    id: str
    handle: str | None
    registered_at: str
    suspended_until: str | None = None
    suspended_for: str | None = None
    erased: bool = False
    imported: bool = False


@dataclass(slots=True)
class Community:
    """One community as the table `communities` holds it."""

    name: str
    title: str
    guideline: str
    created_at: str


@dataclass(slots=True)
class Appeal:
    """What an author says against a decision, as the table `appeals` holds it. No reason: its writer was erased."""

    post_id: str
    sequence: int
    appealed_at: str
    reason: str | None


@dataclass(slots=True)
class Report:
    """What a reader says about a post, as the table `reports` holds it. No reason: its writer was erased."""

    post_id: str
    sequence: int
    revision: int
    reporter_id: str
    reason: str | None


@dataclass(slots=True)
class Decision:
    """A decision that counted when it was made."""

    sequence: int
    post_id: str
    author_id: str
    community: str
    fact: PostDecided
    decided_at: str
    traceparent: str | None
    published: bool  # it showed the post to others, who could not see it before


@dataclass(slots=True)
class ChangeSet:
    """The rows that a batch of facts can touch, loaded before the fold, and what the fold leaves to be written.

    Loaded: `posts` named by the facts and every post of a person who is erased in the batch, `people` and
    `communities` named by the facts, `erased`: which authors in the batch are erased already.
    """

    posts: dict[str, Post] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    communities: dict[str, Community] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    touched: set[str] = field(default_factory=set)  # ids of posts, people and communities to write
    texts: dict[str, Text | None] = field(default_factory=dict)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)  # (person, community or "") → role
    comments: dict[str, int] = field(default_factory=dict)  # root → by how much its published comments change
    community_posts: dict[str, int] = field(default_factory=dict)
    timeline: list[Event] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    leaving: set[str] = field(default_factory=set)  # who is erased in this batch
    changes: list[Decided | Published | TakenDown] = field(default_factory=list)
    forgotten: bool = False  # a name was taken out

    def move(self, post: Post, state: State, sequence: int) -> None:
        """Change a post's state by the fact of this sequence; what is counted and what is told follow."""
        step = (state == "published") - (post.state == "published")
        post.state = state
        if step < 0:
            self.changes.append(TakenDown(post.id, post.community, sequence))
        if step and post.root_id:
            self.comments[post.root_id] = self.comments.get(post.root_id, 0) + step
        elif step:
            self.community_posts[post.community] = self.community_posts.get(post.community, 0) + step


def time_of(moment: datetime) -> str:
    """A moment as the tables hold it: RFC 3339, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
