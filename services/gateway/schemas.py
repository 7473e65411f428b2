"""What goes over the wire: requests are strict, answers are documented."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

State = Literal["pending", "published", "held", "rejected", "withdrawn"]
TITLE_MAX = 300
BODY_MAX = 40_000
UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
EXAMPLE_ID = "0198c0de-7e57-7abc-8def-0123456789ab"


def _clean(text: object) -> object:
    if isinstance(text, str) and ("\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise ValueError("must not contain NUL or lone surrogates")
    return text


PostId = Annotated[str, StringConstraints(pattern=UUID7), Field(examples=[EXAMPLE_ID])]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{3,30}$"), Field(examples=["ada"])]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{2,40}$"), Field(examples=["gardening"])]
Password = Annotated[str, StringConstraints(min_length=10, max_length=200), Field(examples=["a long pass phrase"])]
Title = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=TITLE_MAX, strip_whitespace=True)]
Body = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=BODY_MAX)]
Plain = Annotated[str, BeforeValidator(_clean)]


class Incoming(BaseModel):
    """A request body: unknown fields are an error, so that a typing mistake is not silently lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class FieldError(Answer):
    """One field that is not right."""

    field: str
    message: str


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details with a stable `code`."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(examples=["https://ottit.invalid/problems/handle_taken"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []


class NewAccount(Incoming):
    handle: Handle
    password: Password


class Account(Answer):
    id: str
    handle: str
    roles: list[str]


class Credentials(Incoming):
    handle: Annotated[str, StringConstraints(max_length=100)] = Field(examples=["ada"])
    password: Annotated[str, StringConstraints(max_length=200)] = Field(examples=["a long pass phrase"])


class Session(Answer):
    user: Account
    csrf_token: str
    expires_at: datetime


class NewToken(Incoming):
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(examples=["backup script"])
    scopes: list[str] = Field(min_length=1, max_length=40, examples=[["read_feed"]])
    expires_in_days: int = Field(default=30, ge=1, le=90)


class Token(Answer):
    """The token itself is shown once and stored as a hash."""

    id: str
    token: str
    name: str
    scopes: list[str]
    expires_at: datetime


class Me(Answer):
    user: Account
    standing: Literal["good", "suspended"]
    csrf_token: str | None = None


class CapabilityRow(Answer):
    name: str
    title: str
    kind: Literal["advisory", "verified", "authoritative"]
    runs: Literal["client", "server", "both"]
    reason: str
    allowed: bool
    per_minute: int | None = None


class Capabilities(Answer):
    roles: list[str]
    items: list[CapabilityRow]


class NewCommunity(Incoming):
    name: Slug
    title: Annotated[str, BeforeValidator(_clean), StringConstraints(min_length=1, max_length=80)]
    guideline: Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=4000)] = ""


class Community(Answer):
    name: str
    title: str
    guideline: str
    posts: int
    created_at: datetime


class Communities(Answer):
    items: list[Community]


class NewPost(Incoming):
    """A post, or a comment when `parent_id` is set. The client makes the id, so that a retry is the same post."""

    id: PostId
    community: Slug
    title: Title = ""
    body: Body
    parent_id: PostId | None = None
    preview_id: PostId | None = None


class EditPost(Incoming):
    revision: int = Field(ge=1, description="the revision that the author saw")
    title: Title | None = None
    body: Body | None = None
    preview_id: PostId | None = None


class Accepted(Answer):
    """The write is on disk at `sequence`; reads may ask for `after=sequence`."""

    id: str
    revision: int
    sequence: int
    state: State
    repeat: bool = Field(default=False, exclude=True)


class SpanOut(Answer):
    """Words that a rule fired on: code points into the title, a blank line and the body."""

    start: int
    end: int


class ReasonOut(Answer):
    rule: str
    category: str
    message: str
    spans: list[SpanOut] = []


class PolicyOut(Answer):
    digest: str
    version: int


class DecisionOut(Answer):
    """What became of the post. Readers other than the author see outcome, who decided and when."""

    outcome: Literal["published", "held", "rejected"]
    reasons: list[ReasonOut] = []
    policy: PolicyOut
    engine: str
    model: str
    decided_by: Literal["engine", "person"]
    decided_at: datetime
    took_ms: float
    failure_mode: str | None = None
    appeal_until: datetime | None = None


class Author(Answer):
    id: str
    handle: str


class Votes(Answer):
    up: int
    down: int
    score: int = Field(description="up − down + what an imported post had earned at its origin")


class Post(Answer):
    id: str
    community: str
    author: Author
    title: str
    body: str
    parent_id: str | None
    root_id: str | None
    state: State
    revision: int
    sequence: int = Field(description="the sequence of the last fact about this post")
    decision: DecisionOut | None
    score: int
    votes: Votes
    my_vote: Literal[-1, 0, 1]
    comments: int
    created_at: datetime
    edited_at: datetime | None
    imported: bool


class Comment(Answer):
    post: Post
    replies: list["Comment"]


class CommentTree(Answer):
    items: list[Comment]
    total: int


class VoteIn(Incoming):
    value: Literal[-1, 0, 1]


class VotesAnswer(Answer):
    votes: Votes
    my_vote: Literal[-1, 0, 1]


class FeedItem(Answer):
    post: Post
    score: float
    parts: dict[str, float]


class Feed(Answer):
    items: list[FeedItem]
    next: str | None
    personalized: bool


class FoundPost(Answer):
    post: Post
    score: float
    why: str


class SearchAnswer(Answer):
    items: list[FoundPost]
    next: str | None
    semantic: bool


class Related(Answer):
    items: list[FoundPost]


class OwnPosts(Answer):
    items: list[Post]
    next: str | None


class Profile(Answer):
    id: str
    handle: str
    joined_at: datetime
    posts: int
    comments: int
    recent: list[Post]


class TimelineFact(Answer):
    sequence: int
    type: str
    occurred_at: datetime
    actor: str
    revision: int | None
    outcome: str | None
    took_ms: float | None


class TimelineSpan(Answer):
    name: str
    service: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status: str


class Timeline(Answer):
    code: str = Field(description="a short code to quote", examples=["OT-7F3K"])
    facts: list[TimelineFact]
    spans: list[TimelineSpan]


class DraftIn(Incoming):
    community: Slug
    title: Title = ""
    body: Body


class DecisionPreview(Answer):
    """What the official pipeline would decide; binding for nobody."""

    outcome: Literal["published", "held", "rejected"]
    reasons: list[ReasonOut]
    policy: PolicyOut
    engine: str
    model: str
    took_ms: float
    failure_mode: str | None = None


class ImportRow(Incoming):
    """One post from elsewhere, as `ottit import` reads it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    community: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    text: Body
    title: Title | None = None
    author: Annotated[str, StringConstraints(max_length=80)] | None = None
    created_at: datetime | None = None
    score: int = Field(default=0, ge=-(2**31), le=2**31)
    parent_id: Annotated[str, StringConstraints(max_length=200)] | None = None


class ImportIn(Incoming):
    posts: list[dict[str, Any]] = Field(min_length=1, max_length=200)


class ImportResult(Answer):
    id: str
    post_id: str | None
    state: Literal["accepted", "repeat", "refused"]
    code: str | None = None
    detail: str | None = None


class ImportAnswer(Answer):
    results: list[ImportResult]


class ModlogEntry(Answer):
    sequence: int
    post_id: str
    community: str
    outcome: str
    rules: list[str]
    decided_by: str
    decided_at: datetime


class Modlog(Answer):
    items: list[ModlogEntry]
    next: str | None


class QueueItem(Answer):
    post: Post
    reasons: list[ReasonOut]
    scores: dict[str, float]


class Queue(Answer):
    items: list[QueueItem]


class ReviewIn(Incoming):
    outcome: Literal["published", "held", "rejected"]
    reason: Annotated[str, BeforeValidator(_clean), StringConstraints(min_length=1, max_length=1000)]
    revision: int = Field(ge=1)


class Part(Answer):
    state: str
    lag: int = 0


class Ready(Answer):
    ready: bool
    parts: dict[str, Part]


class Alive(Answer):
    alive: Literal[True] = True
