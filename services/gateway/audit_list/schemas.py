"""Wire models of the audit list."""

from datetime import datetime
from typing import Literal

from services.gateway.http.schemas import ResponseModel

ActKind = Literal[
    "user.registered", "user.approved", "user.refused", "user.role_granted", "user.role_revoked", "user.suspended",
    "user.reinstated", "post.decided",
]  # fmt: skip


class Act(ResponseModel):
    """One act of an administrator, a moderator or the operator about another user; `user.registered`: they invited."""

    sequence: int
    kind: ActKind
    actor: Literal["user", "operator", "service"]
    actor_handle: str | None
    about_handle: str | None
    post_id: str | None
    community: str | None
    role: str | None
    outcome: str | None
    reason: str | None
    at: datetime


class AuditList(ResponseModel):
    items: list[Act]
    next: str | None
