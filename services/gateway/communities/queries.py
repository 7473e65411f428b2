"""Reads communities."""

import sqlite3

from services.gateway.communities.schemas import Community
from services.gateway.view.read_connection import ReadConnection, moment

COMMUNITY = """SELECT c.name, c.title, c.guideline, coalesce(p.posts, 0) AS posts, c.created_at
    FROM communities c LEFT JOIN community_posts p ON p.name = c.name"""
# All of them are shown as one list; more would need pages.
MOST_COMMUNITIES = 500


class CommunityQueries:
    """Reads communities."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def all(self) -> list[Community]:
        """Return the communities, those with the most posts first."""
        query = f"{COMMUNITY} ORDER BY coalesce(p.posts, 0) DESC, c.name LIMIT :limit"
        return [_community(row) for row in self._connection.rows(query, {"limit": MOST_COMMUNITIES})]

    def named(self, name: str) -> Community | None:
        """Return a community, or None."""
        found = self._connection.row(f"{COMMUNITY} WHERE c.name = :name", {"name": name})
        return _community(found) if found else None

    def exists(self, name: str) -> bool:
        """Return whether there is a community of this name."""
        return self._connection.row("SELECT 1 FROM communities WHERE name = :name", {"name": name}) is not None


def _community(row: sqlite3.Row) -> Community:
    return Community(
        name=row["name"],
        title=row["title"],
        guideline=row["guideline"],
        posts=row["posts"],
        created_at=moment(row["created_at"]),
    )
