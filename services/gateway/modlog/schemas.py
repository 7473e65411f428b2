"""Wire models of the public moderation log."""

from datetime import datetime

from services.gateway.http.schemas import ResponseModel


class ModlogEntry(ResponseModel):
    sequence: int
    post_id: str
    community: str
    outcome: str
    rules: list[str]
    decided_by: str
    decided_at: datetime


class Modlog(ResponseModel):
    items: list[ModlogEntry]
    next: str | None
