"""Reads the public moderation log."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

import orjson

from services.gateway.modlog.schemas import ModlogEntry
from services.gateway.view.read_connection import ReadConnection, moment

# Decisions in force only: an overturned one, or one on a text that was edited or withdrawn, accuses nobody any more.
# A hold by an engine is a question, so it is listed once a person has confirmed it.
LISTED = """SELECT d.sequence, d.post_id, d.community, d.outcome, d.detail, d.decided_by, d.decided_at, p.author_id,
        p.was_public
    FROM decisions d JOIN posts p ON p.id = d.post_id AND p.decision = d.sequence AND p.state = d.outcome
    WHERE {narrowed} d.logged AND (d.outcome = 'rejected' OR d.outcome = 'held' AND d.decided_by = 'person')
    AND NOT p.support AND d.sequence < coalesce(:before, 9e18) ORDER BY d.sequence DESC LIMIT :limit"""


@dataclass(frozen=True)
class LogReader:
    """The reader of the log. `moderates`: the communities whose entries they see in full; None: all."""

    id: str | None = None
    moderates: Collection[str] | None = ()

    def sees_in_full(self, author_id: str, community: str) -> bool:
        """Return whether they may see which post an entry is about."""
        return author_id == self.id or self.moderates is None or community in self.moderates


class ModlogQueries:
    """Reads rejections, and holds that a moderator confirmed."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def modlog(self, reader: LogReader, community: str | None, before: int | None, limit: int) -> list[ModlogEntry]:
        """Return the decisions in force that took a text out of sight, newest first.

        The next page continues before `[-1].sequence`.
        """
        narrowed = "d.community = :community AND" if community else ""
        values = {"community": community, "before": before, "limit": limit}
        return [_entry(row, reader) for row in self._connection.rows(LISTED.format(narrowed=narrowed), values)]


def _entry(row: sqlite3.Row, reader: LogReader) -> ModlogEntry:
    in_full = reader.sees_in_full(row["author_id"], row["community"])
    # Readers may have seen a post that was public once, and could tell from time and rule what it was accused of.
    names_rules = in_full or not row["was_public"]
    return ModlogEntry.model_construct(
        sequence=row["sequence"],
        post_id=row["post_id"] if in_full else None,
        community=row["community"],
        outcome=row["outcome"],
        rules=[reason["rule"] for reason in orjson.loads(row["detail"])["reasons"]] if names_rules else [],
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]),
    )
