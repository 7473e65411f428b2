"""Reads the makers of invitations."""

from datetime import datetime

from services.gateway.http.caller import User
from services.gateway.invitations import domain
from services.gateway.invitations.domain import Inviters
from services.gateway.view.read_connection import ReadConnection, as_json


class InviterQueries:
    """Reads handles of users."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def handles(self, user_ids: list[str]) -> dict[str, str]:
        """Return the handles of these users who are not erased, by id."""
        rows = self._connection.rows(
            "SELECT id, handle FROM users WHERE handle IS NOT NULL AND id IN (SELECT value FROM json_each(:ids))",
            {"ids": as_json(user_ids)},
        )
        return {row["id"]: row["handle"] for row in rows}


def may_invite(user: User | None, inviters: Inviters, now: datetime) -> bool:
    """Return whether a user may make invitations now, and those that they have made count."""
    return domain.may_invite(user, inviters, now)
