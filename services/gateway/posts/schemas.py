"""Wire models of posts, comments, votes and decisions."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import Body, NewPostId, PostId, Reason, RequestModel, ResponseModel, Slug, Title
from services.gateway.view.change_set import State
from shared.log import events
from shared.log.events.field_types import MAX_INT32
from shared.log.signals import SignalKind


class NewPost(RequestModel):
    """A post, or a comment if `parent_id` is set. The client chooses the id, so that a retry is the same post."""

    id: NewPostId
    community: Slug
    title: Title = ""
    body: Body
    parent_id: PostId | None = None
    preview_id: PostId | None = None


class EditPost(RequestModel):
    revision: int = Field(ge=1, lt=MAX_INT32, description="The revision that the author saw.")
    title: Title | None = None
    body: Body | None = None
    preview_id: PostId | None = None


class Accepted(ResponseModel):
    """The write is stored at `sequence`; reads may wait for it with `after=sequence`."""

    id: str
    revision: int
    sequence: int
    state: State
    repeat: bool = Field(default=False, exclude=True)


class SpanOut(ResponseModel):
    """A passage of a text: code point offsets into the title, a blank line and the body."""

    start: int
    end: int


class ReasonOut(ResponseModel):
    """A reason of a decision. Some reasons are not disclosed: their author reads the message, under another name."""

    rule: str
    category: str
    message: str
    spans: list[SpanOut] = Field(
        description="What a rule matched, or the passage that a model scored highest; empty if that is the whole text."
    )
    detail: str | None = Field(default=None, description="For moderators only: what was measured, in words.")

    @classmethod
    def of(cls, reason: events.Reason) -> "ReasonOut":
        """Return a reason as it is, which is for moderators; for an author, it is what `for_author` returns."""
        return cls.model_construct(
            rule=reason.rule,
            category=reason.category,
            message=reason.message,
            spans=[SpanOut.model_construct(start=span.start, end=span.end) for span in reason.spans],
            detail=reason.detail or None,
        )


class ReadingOut(ResponseModel):
    """The part of a text that models read, in characters (code points). Rules search the whole text."""

    characters: int = Field(description="Of title, blank line and body.")
    read: int
    unread: list[SpanOut] = Field(description="The passages that no model has read.")


class PolicyOut(ResponseModel):
    digest: str
    version: int


class DecisionOut(ResponseModel):
    """The decision on a post. Users other than the author see only the outcome, who decided, and when."""

    outcome: Literal["published", "held", "rejected"]
    reasons: list[ReasonOut]
    policy: PolicyOut
    engine: str
    model: str
    decided_by: Literal["engine", "person"]
    decided_at: datetime
    took_ms: float
    failure_mode: str | None = None
    appeal_until: datetime | None = None
    reading: ReadingOut | None = Field(
        default=None, description="What models read of it. Null: a person decided, or an older version of this server."
    )
    unjudged: Literal["language"] | None = Field(
        default=None,
        description="`language`: a substantial part is in languages that no engine judges, so no score of it was used.",
    )
    unjudged_languages: list[str] = Field(default=[], description="These languages (BCP 47), also those of quotations.")
    unjudged_spans: list[SpanOut] = Field(default=[], description="The passages in these languages.")
    appealed_at: datetime | None = Field(default=None, description="When the author appealed against this decision.")


class Author(ResponseModel):
    id: str
    handle: str = Field(description="Empty for an imported post whose author is unknown.")


class VoteWeight(ResponseModel):
    """The weight of the caller's own votes and reports. Votes count with the weight that they had when they were cast.

    It grows with time after the registration, faster with published posts. A post that a moderator rejects delays it,
    and after a suspension it starts from the beginning.
    """

    percent: int = Field(description="Of a full vote.")
    full_at: datetime | None = Field(description="When votes will count fully if nothing else happens; null: now.")


class Votes(ResponseModel):
    """Whole votes on each side: the weights of the votes are added up and rounded down."""

    up: int
    down: int
    score: int = Field(description="up − down + the score of an imported post at its origin.")


class Post(ResponseModel):
    id: str
    community: str
    author: Author
    title: str
    body: str
    parent_id: str | None
    root_id: str | None
    state: State
    revision: int
    sequence: int = Field(description="The sequence of the last fact about this post.")
    decision: DecisionOut | None
    score: int
    votes: Votes
    my_vote: Literal[-1, 0, 1]
    comments: int
    created_at: datetime
    edited_at: datetime | None
    imported: bool
    date_known: bool = Field(
        default=True,
        description="False for an imported post without a date: `created_at` is then the time of the import.",
    )


class Comment(ResponseModel):
    post: Post
    replies: list["Comment"]


class CommentTree(ResponseModel):
    items: list[Comment]
    total: int


class VoteIn(RequestModel):
    value: int = Field(strict=True, ge=-1, le=1, description="+1, −1, or 0 to take a vote back.")


class VotesAnswer(ResponseModel):
    votes: Votes
    my_vote: Literal[-1, 0, 1]


class ReadIn(RequestModel):
    """A read, or a request to see less like it."""

    kind: SignalKind = "read"


class AppealIn(RequestModel):
    reason: Reason = Field(examples=["It is a quotation, and I argue against it."])


class ReportIn(RequestModel):
    reason: Reason = Field(examples=["It gives somebody's address."])
