"""Reads the public moderation log."""

import sqlite3

import orjson

from services.gateway.modlog.schemas import ModlogEntry
from services.gateway.view.read_connection import ReadConnection, moment


class ModlogQueries:
    """Reads decisions other than ordinary publications."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def modlog(self, community: str | None, before: int | None, limit: int) -> list[ModlogEntry]:
        """Return decisions that hold or reject, or that a moderator made, newest first.

        The next page continues before `[-1].sequence`.
        """
        where = "community = :community AND" if community else ""
        rows = self._connection.rows(
            f"""SELECT sequence, post_id, community, outcome, detail, decided_by, decided_at FROM decisions
                WHERE {where} logged AND sequence < coalesce(:before, 9e18) ORDER BY sequence DESC LIMIT :limit""",
            {"community": community, "before": before, "limit": limit},
        )
        return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> ModlogEntry:
    return ModlogEntry.model_construct(
        sequence=row["sequence"],
        post_id=row["post_id"],
        community=row["community"],
        outcome=row["outcome"],
        rules=[reason["rule"] for reason in orjson.loads(row["detail"])["reasons"]],
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]),
    )
