"""Reading people and communities."""

from typing import Any

import orjson

from services.gateway.feed import schemas
from services.gateway.view.connection import Reader, moment, moment_or_none
from services.gateway.view.records import User

USER = """SELECT id, coalesce(handle, ''), registered_at, suspended_until, suspended_for, erased, imported,
    (SELECT json_group_array(json_array(role, nullif(community, ''))) FROM roles WHERE user_id = users.id) FROM users"""
COMMUNITY = """SELECT c.name, c.title, c.guideline, coalesce(p.posts, 0), c.created_at
    FROM communities c LEFT JOIN community_posts p ON p.name = c.name"""

# Read and chosen from as one list: with more of them it would need pages.
MOST_COMMUNITIES = 500


class People(Reader):
    """Who is here, and where they meet."""

    def user_by_id(self, user_id: str) -> User | None:
        """A person, also an erased one."""
        return _user(self.row(f"{USER} WHERE id = :id", {"id": user_id}))

    def user_by_handle(self, handle: str) -> User | None:
        """The person who is called so now."""
        return _user(self.row(f"{USER} WHERE handle = :handle", {"handle": handle}))

    def erased_people(self) -> list[str]:
        """Everybody who was erased."""
        return [row[0] for row in self.rows("SELECT id FROM users WHERE erased", {})]

    def communities(self) -> list[schemas.Community]:
        """The communities, those with the most posts first."""
        query = f"{COMMUNITY} ORDER BY coalesce(p.posts, 0) DESC, c.name LIMIT :limit"
        return [_community(row) for row in self.rows(query, {"limit": MOST_COMMUNITIES})]

    def community(self, name: str) -> schemas.Community | None:
        """One community."""
        found = self.row(f"{COMMUNITY} WHERE c.name = :name", {"name": name})
        return _community(found) if found else None

    def has_community(self, name: str) -> bool:
        """Whether there is a community of this name."""
        return self.row("SELECT 1 FROM communities WHERE name = :name", {"name": name}) is not None


def _user(row: Any) -> User | None:
    if row is None:
        return None
    user_id, handle, registered_at, suspended_until, suspended_for, erased, imported, roles = row
    return User(
        id=user_id,
        handle=handle,
        roles=[] if erased else [(role, community) for role, community in orjson.loads(roles)],
        registered_at=moment(registered_at),
        suspended_until=moment_or_none(suspended_until),
        suspended_for=suspended_for or "",
        erased=bool(erased),
        imported=bool(imported),
    )


def _community(row: Any) -> schemas.Community:
    name, title, guideline, posts, created_at = row
    return schemas.Community(name=name, title=title, guideline=guideline, posts=posts, created_at=moment(created_at))
