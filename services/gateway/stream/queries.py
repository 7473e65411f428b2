"""Reads the changes that a page missed while it was disconnected."""

from services.gateway.view.change_notifications import AccountChanged, Decided, Published, TakenDown
from services.gateway.view.read_connection import ReadConnection


class StreamQueries:
    """Reads past changes in the order of the log."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def decisions_since(self, user_id: str, sequence: int, limit: int) -> list[Decided]:
        """Return the decisions on a user's posts after a sequence, oldest first."""
        rows = self._connection.rows(
            """SELECT post_id, author_id, community, revision, outcome, sequence, traceparent FROM decisions
               WHERE author_id = :author AND sequence > :sequence ORDER BY sequence LIMIT :limit""",
            {"author": user_id, "sequence": sequence, "limit": limit},
        )
        return [Decided(**row) for row in rows]

    def account_changes_since(self, user_id: str, sequence: int) -> list[AccountChanged]:
        """Return the last change of a user's roles or standing after a sequence, if there is one."""
        query = """SELECT max(sequence) AS sequence FROM acts
            WHERE about_id = :user_id AND post_id IS NULL AND sequence > :sequence"""
        row = self._connection.row(query, {"user_id": user_id, "sequence": sequence})
        return [AccountChanged(user_id, row["sequence"])] if row and row["sequence"] else []

    def published_since(self, sequence: int, limit: int) -> list[Published]:
        """Return the publications after a sequence that are still current, oldest first."""
        rows = self._connection.rows(
            """SELECT p.id AS post_id, p.community, p.author_id, p.parent_id IS NOT NULL AS is_comment, p.root_id,
                   d.sequence, d.traceparent
               FROM decisions d JOIN posts p ON p.id = d.post_id AND p.state = 'published' AND p.revision = d.revision
               LEFT JOIN posts r ON r.id = p.root_id
               WHERE coalesce(r.state, 'published') = 'published'
               AND d.published AND d.sequence > :sequence ORDER BY d.sequence LIMIT :limit""",
            {"sequence": sequence, "limit": limit},
        )
        return [Published(**{**row, "is_comment": bool(row["is_comment"])}) for row in rows]

    def taken_down_since(self, sequence: int, limit: int) -> list[TakenDown]:
        """Return the posts that were taken down after a sequence and are still hidden, oldest first."""
        rows = self._connection.rows(
            """SELECT t.post_id, p.community, t.sequence FROM takedowns t
               JOIN posts p ON p.id = t.post_id AND p.state <> 'published'
               WHERE t.sequence > :sequence ORDER BY t.sequence LIMIT :limit""",
            {"sequence": sequence, "limit": limit},
        )
        return [TakenDown(**row) for row in rows]
