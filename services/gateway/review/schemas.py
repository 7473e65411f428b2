"""Dry runs, the public log, the review queue."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.fields import Answer, Body, Incoming, PostId, Reason, Slug, Title
from services.gateway.posts.schemas import PolicyOut, Post, ReasonOut
from services.gateway.previews.schemas import ReceiptOut


class DraftIn(Incoming):
    community: Slug
    title: Title = ""
    body: Body
    preview_id: PostId | None = Field(default=None, description="salts the receipt's content hash")


class DecisionPreview(Answer):
    """What the official pipeline would decide; binding for nobody."""

    outcome: Literal["published", "held", "rejected"]
    reasons: list[ReasonOut]
    policy: PolicyOut
    engine: str
    model: str
    took_ms: float
    failure_mode: str | None = None
    receipt: ReceiptOut


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


class AppealOut(Answer):
    """What the author says against the decision; no reason where it cannot be read any more."""

    appealed_at: datetime
    reason: str | None


class ReportsOut(Answer):
    """What readers say since a person last decided: how many they are, and their reasons, the newest first."""

    count: int
    reasons: list[str]


class ClaimOut(Answer):
    """Who looks at a post until when. It binds nobody: a decision counts whoever makes it."""

    post_id: str
    handle: str
    mine: bool
    expires_at: datetime


class QueueItem(Answer):
    post: Post
    reasons: list[ReasonOut]
    scores: dict[str, float]
    appeal: AppealOut | None = None
    reports: ReportsOut | None = None
    claim: ClaimOut | None = None
    failure: str | None = Field(default=None, description="which engine gave no scores, and why")


class Queue(Answer):
    items: list[QueueItem]


class AppealIn(Incoming):
    reason: Reason = Field(examples=["It is a quotation, and I argue against it."])


class ReportIn(Incoming):
    reason: Reason = Field(examples=["It gives somebody's address."])


class ReviewIn(Incoming):
    outcome: Literal["published", "held", "rejected"]
    reason: Reason
    revision: int = Field(ge=1)
    sequence: int | None = Field(default=None, ge=1, description="the post's `sequence` that the moderator saw")
