"""Wire models of the review queue."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import Reason, RequestModel, ResponseModel
from services.gateway.posts.schemas import Post, ReasonOut
from shared.log.events.field_types import MAX_INT32, MAX_INT53

# The parts of the queue in their order; `URGENCIES` in the view's tables.
Urgency = Literal["minors", "crisis", "danger", "usual", "later"]


class AppealOut(ResponseModel):
    """An author's appeal. `reason` is null if it can no longer be read."""

    appealed_at: datetime
    reason: str | None


class ReportsOut(ResponseModel):
    """Reports since the last decision by a moderator: the number of users, and their reasons, newest first."""

    count: int
    from_new_accounts: int = Field(description="How many of these users' reports do not count fully yet.")
    reasons: list[str]


class ClaimOut(ResponseModel):
    """A moderator is reviewing a post until `expires_at`. Any moderator may still decide."""

    post_id: str
    handle: str
    mine: bool
    expires_at: datetime


class QueueItem(ResponseModel):
    post: Post
    reasons: list[ReasonOut]
    scores: dict[str, float]
    appeal: AppealOut | None = None
    reports: ReportsOut | None = None
    urgency: Urgency = Field(
        description="The part of the queue: sexual content about minors, somebody in a crisis, threats and"
        " encouragement to self-harm, everything else, and `later`."
    )
    later: bool = Field(description="Last in the queue: only reports brought it here, and they weigh less than one.")
    claim: ClaimOut | None = None
    failure: str | None = Field(default=None, description="The engine that returned no scores, and the reason.")


class Queue(ResponseModel):
    items: list[QueueItem]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class OwnWaiting(ResponseModel):
    without_reviewer: int = Field(description="Your own posts that wait, and that nobody else may decide on.")


class ReviewIn(RequestModel):
    outcome: Literal["published", "held", "rejected"]
    reason: Reason
    revision: int = Field(ge=1, le=MAX_INT32)
    sequence: int | None = Field(
        default=None, ge=1, le=MAX_INT53, description="The post's `sequence` that the moderator saw."
    )
