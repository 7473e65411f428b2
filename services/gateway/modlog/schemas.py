"""Wire models of the public moderation log."""

from datetime import datetime

from services.gateway.http.fields import Answer


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
