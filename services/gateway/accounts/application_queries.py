"""Reads the people who wait for an approval, and those who were refused lately."""

from services.gateway.accounts.application_schemas import ApplicationOut, Applications
from services.gateway.accounts.erasure import REFUSED_KEPT_FOR
from services.gateway.view.read_connection import ReadConnection, moment, moment_or_none

# 'waiting' is behind 'refused' in the alphabet.
APPLICATIONS = """SELECT id, handle, approval, registered_at, application, refused_for, decided_at FROM users
    WHERE approval <> 'approved' ORDER BY approval DESC, registered_at, id LIMIT :limit"""
WAITING = "SELECT count(*) AS waiting FROM users WHERE approval = 'waiting'"


class ApplicationQueries:
    """Reads applications."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def waiting(self) -> int:
        """Return how many people wait."""
        row = self._connection.row(WAITING, {})
        return int(row["waiting"]) if row else 0

    def applications(self, limit: int) -> Applications:
        """Return the first people in the queue."""
        items = []
        for row in self._connection.rows(APPLICATIONS, {"limit": limit}):
            decided_at = moment_or_none(row["decided_at"])
            items.append(
                ApplicationOut(
                    id=row["id"],
                    handle=row["handle"] or "",
                    state=row["approval"],
                    registered_at=moment(row["registered_at"]),
                    reason=row["application"] or "",
                    refused_for=row["refused_for"],
                    erased_at=decided_at + REFUSED_KEPT_FOR if decided_at else None,
                )
            )
        return Applications(waiting=self.waiting(), items=items)
