"""Reads the audit list: what administrators, moderators and the operator did to users and their posts."""

import sqlite3

from services.gateway.audit_list.schemas import Act
from services.gateway.view.read_connection import ReadConnection, moment

ACTS = """SELECT a.sequence, a.type, a.actor, a.post_id, a.community, a.detail, a.reason, a.at,
        u.handle AS about_handle, b.handle AS actor_handle
    FROM acts a LEFT JOIN users u ON u.id = a.about_id
    LEFT JOIN users b ON a.actor LIKE 'user:%' AND b.id = substr(a.actor, 6)
    WHERE a.sequence < coalesce(:before, 9e18) ORDER BY a.sequence DESC LIMIT :limit"""


class AuditListQueries:
    """Reads acts."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def acts(self, before: int | None, limit: int) -> list[Act]:
        """Return acts, newest first. The next page continues before `[-1].sequence`."""
        return [_act(row) for row in self._connection.rows(ACTS, {"before": before, "limit": limit})]


def _act(row: sqlite3.Row) -> Act:
    kind, detail = row["type"], row["detail"] or None
    return Act(
        sequence=row["sequence"],
        kind=kind,
        actor=row["actor"].partition(":")[0],
        actor_handle=row["actor_handle"],
        about_handle=row["about_handle"],
        post_id=row["post_id"],
        community=row["community"],
        role=None if kind == "post.decided" else detail,
        outcome=detail if kind == "post.decided" else None,
        reason=row["reason"],
        at=moment(row["at"]),
    )
