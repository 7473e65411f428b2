"""Wire models of previews, the preview mode, dry runs and their receipts."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from services.gateway.http.schemas import Body, Line, PostId, RequestModel, ResponseModel, Slug, Title
from services.gateway.posts.schemas import PolicyOut, ReadingOut, ReasonOut, SpanOut
from shared.log.events import Moment
from shared.model.categories import Category

PreviewMode = Literal["server_only", "hybrid", "client_preview_off_for_share"]
SHA256 = r"^[0-9a-f]{64}$"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
# A few seconds of writing; the client respects these limits.
ITEMS_MAX, DRAFTS_MAX = 64, 16
# A day: drafts wait on devices whose clocks may jump, and a longer time says nothing.
DAY_MS = 86_400_000


def _checked_time(moment: object) -> object:
    # Pydantic would read a bare number as seconds.
    if not isinstance(moment, str) or not RFC_3339.fullmatch(moment):
        raise ValueError("must be an RFC 3339 time with an offset")
    return moment


Digest = Annotated[str, StringConstraints(pattern=SHA256), Field(examples=["5" * 64])]
Time = Annotated[Moment, BeforeValidator(_checked_time), Field(examples=["2026-11-23T10:00:00Z"])]
ScoredCategory = Literal[Category, "any_harm"]
Band = Annotated[int, Field(strict=True, ge=0, le=9)]
Characters = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Milliseconds = Annotated[float, Field(strict=True, ge=0, le=DAY_MS, allow_inf_nan=False)]


class PreviewIn(RequestModel):
    """One tier's preview of a draft, without its text: `content_hash` is salted with `preview_id`."""

    preview_id: PostId
    draft_id: PostId
    tier: Annotated[int, Field(strict=True, ge=0, le=3)]
    policy_digest: Digest
    model: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = Field(
        default="", description="SHA-256 of the model file; empty without a model."
    )
    verdict: Literal["published", "held", "rejected"]
    bands: dict[ScoredCategory, Band] = Field(default={})
    content_hash: Digest
    took_ms: Milliseconds
    read: Characters | None = Field(default=None, description="Characters (code points) that the tier has read.")
    unread: Characters = Field(
        default=0, description="Characters that it has not read. A preview that found nothing then promises nothing."
    )
    at: Time


class DraftSummaryIn(RequestModel):
    """Statistics about the writing of a text, sent with its submission."""

    draft_id: PostId
    changes: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    writing_ms: Milliseconds


class PreviewsIn(RequestModel):
    items: list[PreviewIn] = Field(default=[], max_length=ITEMS_MAX)
    drafts: list[DraftSummaryIn] = Field(default=[], max_length=DRAFTS_MAX)


class ModeOut(ResponseModel):
    mode: PreviewMode
    previews: bool = Field(description="Whether the caller's client shows previews.")


class ReceiptOut(ResponseModel):
    """`statement`: canonical JSON. `signature`: Ed25519 over its UTF-8 bytes, base64url."""

    statement: str
    key_id: str
    signature: str


class DraftIn(RequestModel):
    community: Slug
    title: Title = ""
    body: Body
    parent_id: PostId | None = Field(default=None, description="What a comment answers: it is read in this context.")
    preview_id: PostId | None = Field(default=None, description="Salts the receipt's content hash.")


class DecisionPreview(ResponseModel):
    """The decision that moderation would make. It binds nobody."""

    outcome: Literal["published", "held", "rejected"]
    reasons: list[ReasonOut]
    policy: PolicyOut
    engine: str
    model: str
    took_ms: float
    failure_mode: str | None = None
    reading: ReadingOut | None = None
    unjudged: Literal["language"] | None = None
    unjudged_languages: list[str] = Field(default_factory=list)
    unjudged_spans: list[SpanOut] = Field(default_factory=list)
    receipt: ReceiptOut


class ReceiptIn(RequestModel):
    """A receipt and, optionally, the text to check it against."""

    statement: Annotated[Line, StringConstraints(max_length=4000)]
    key_id: Annotated[Line, StringConstraints(max_length=100)] = ""
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{0,200}$")]
    title: Title = ""
    body: Body | None = None


class StatementOut(ResponseModel):
    preview_id: str
    content_hash: str
    community: str
    outcome: Literal["published", "held", "rejected"]
    policy_digest: str
    policy_version: int
    engine: str
    model: str
    checked_at: datetime
    expires_at: datetime


class ReceiptFinding(ResponseModel):
    """The result. `statement` is set only if this server signed it."""

    valid: bool
    finding: Literal["valid", "malformed", "signature", "expired", "other_text"]
    statement: StatementOut | None


class ReceiptKey(ResponseModel):
    """The public key that verifies receipts offline: Ed25519, 32 bytes as base64url."""

    key_id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
