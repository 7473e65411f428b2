"""Summaries of previews, the mode, and receipts of dry runs."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from services.gateway.http.fields import Answer, Body, Incoming, Plain, PostId, Title
from shared.log.events import Moment

SHA256 = r"^[0-9a-f]{64}$"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
# A batch of a few seconds' writing; the client keeps to it.
ITEMS_MAX, DRAFTS_MAX = 64, 16
# Six categories today; a policy with many more is none that a person reads.
CATEGORIES_MAX = 32
# A day: drafts wait on a device, clocks there may jump, and longer says nothing.
DAY_MS = 86_400_000


def _written(moment: object) -> object:
    # A bare number would be taken for seconds, which nobody means here.
    if not isinstance(moment, str) or not RFC_3339.fullmatch(moment):
        raise ValueError("must be a time with an offset, as RFC 3339 writes it")
    return moment


Digest = Annotated[str, StringConstraints(pattern=SHA256), Field(examples=["5" * 64])]
Time = Annotated[Moment, BeforeValidator(_written), Field(examples=["2026-11-23T10:00:00Z"])]
Category = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Band = Annotated[int, Field(strict=True, ge=0, le=9)]
Milliseconds = Annotated[float, Field(strict=True, ge=0, le=DAY_MS, allow_inf_nan=False)]


class PreviewIn(Incoming):
    """What one tier said about one state of a draft. Never the text: `content_hash` is salted with `preview_id`."""

    preview_id: PostId
    draft_id: PostId
    tier: Annotated[int, Field(strict=True, ge=0, le=3)]
    policy_digest: Digest
    model: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = Field(
        default="", description="sha256 of the model's file; empty where no model spoke"
    )
    verdict: Literal["published", "held", "rejected"]
    bands: dict[Category, Band] = Field(default={}, max_length=CATEGORIES_MAX)
    content_hash: Digest
    took_ms: Milliseconds
    at: Time


class DraftSummaryIn(Incoming):
    """How a text was written, told when it is sent."""

    draft_id: PostId
    changes: Annotated[int, Field(strict=True, ge=0, le=100_000)]
    writing_ms: Milliseconds


class PreviewsIn(Incoming):
    items: list[PreviewIn] = Field(default=[], max_length=ITEMS_MAX)
    drafts: list[DraftSummaryIn] = Field(default=[], max_length=DRAFTS_MAX)


class ModeOut(Answer):
    mode: Literal["server_only", "hybrid", "client_preview_off_for_share"]
    previews: bool = Field(description="whether this person's client shows previews")


class ReceiptOut(Answer):
    """`statement` is canonical JSON text, `signature` Ed25519 over its UTF-8 bytes (base64url)."""

    statement: str
    key_id: str
    signature: str


class ReceiptIn(Incoming):
    """A receipt, and the text that it should be for, where that is to be checked, too."""

    statement: Annotated[Plain, StringConstraints(max_length=4000)]
    key_id: Annotated[Plain, StringConstraints(max_length=100)] = ""
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{0,200}$")]
    title: Title = ""
    body: Body | None = None


class StatementOut(Answer):
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


class ReceiptFinding(Answer):
    """`statement` is there only where this house signed it."""

    valid: bool
    finding: Literal["valid", "malformed", "signature", "expired", "other_text"]
    statement: StatementOut | None


class ReceiptKey(Answer):
    """The public key that checks receipts without asking: Ed25519, 32 bytes as base64url."""

    key_id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
