"""Wire models of the public moderation log."""

from datetime import datetime

from services.gateway.http.schemas import ResponseModel


class ModlogEntry(ResponseModel):
    """A rejection, or a hold that a moderator confirmed.

    `post_id` is null for those who may not see the post. `rules` is empty for them if the post was public once.
    """

    sequence: int
    post_id: str | None
    community: str
    outcome: str
    rules: list[str]
    decided_by: str
    decided_at: datetime


class Modlog(ResponseModel):
    items: list[ModlogEntry]
    next: str | None
