"""Reads from the view what recommendations are made of: who wrote posts and where, and what may be recommended."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from services.gateway.recommendations.domain import Source
from services.gateway.view.change_set import time_of
from services.gateway.view.read_connection import ReadConnection, as_json
from services.gateway.view.tables import IS_PUBLIC

# Of an untitled post, so much of its text stands for the title.
TITLE_CHARACTERS = 80


class RecommendationQueries:
    """Reads communities and people that may be recommended."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def sources(self, post_ids: Collection[str]) -> dict[str, Source]:
        """Return community and author of the posts that everybody may see."""
        query = f"""SELECT p.id, p.community, p.author_id FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value
            LEFT JOIN posts r ON r.id = p.root_id WHERE {IS_PUBLIC}"""
        rows = self._connection.rows(query, {"ids": as_json(sorted(post_ids))})
        return {row["id"]: Source(row["community"], row["author_id"]) for row in rows}

    def titles(self, post_ids: Collection[str]) -> dict[str, str]:
        """Return the titles of public posts; of an untitled one the start of its text."""
        query = f"""SELECT p.id, t.title, substr(t.body, 1, {TITLE_CHARACTERS}) AS start FROM json_each(:ids) j
            CROSS JOIN posts p ON p.id = j.value JOIN texts t ON t.post_id = p.id
            LEFT JOIN posts r ON r.id = p.root_id WHERE {IS_PUBLIC}"""
        rows = self._connection.rows(query, {"ids": as_json(sorted(post_ids))})
        return {row["id"]: row["title"] or " ".join(row["start"].split()) for row in rows}

    def communities(self, names: Sequence[str]) -> dict[str, str]:
        """Return the titles of those communities that exist, by name."""
        query = "SELECT name, title FROM communities WHERE name IN (SELECT value FROM json_each(:names))"
        return {row["name"]: row["title"] for row in self._connection.rows(query, {"names": as_json(list(names))})}

    def handles(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Return the handles of people in good standing who can sign in: others write nothing more."""
        query = """SELECT id, handle FROM users WHERE id IN (SELECT value FROM json_each(:ids)) AND handle IS NOT NULL
            AND NOT erased AND NOT imported AND approval = 'approved'
            AND coalesce(suspended_until, '') <= :now"""
        values = {"ids": as_json(list(user_ids)), "now": time_of(datetime.now(UTC))}
        return {row["id"]: row["handle"] for row in self._connection.rows(query, values)}

    def writes_in(self, user_id: str) -> frozenset[str]:
        """Return the communities in which a user has posts or comments that are public."""
        query = f"""SELECT DISTINCT p.community FROM posts p LEFT JOIN posts r ON r.id = p.root_id
            WHERE p.author_id = :id AND {IS_PUBLIC}"""
        return frozenset(row["community"] for row in self._connection.rows(query, {"id": user_id}))
