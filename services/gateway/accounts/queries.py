"""Reads users."""

import sqlite3
from datetime import datetime

import orjson

from services.gateway.accounts.handles import is_reserved, skeleton
from services.gateway.http.caller import Caller, User
from services.gateway.view.change_set import time_of
from services.gateway.view.read_connection import ReadConnection, moment, moment_or_none
from services.gateway.view.tables import SKELETON
from shared.problems import NotFound
from shared.roles.ranks import SITE_MODERATOR, rank_in

USER = """SELECT id, coalesce(handle, '') AS handle, registered_at, suspended_until, suspended_for, erased, imported,
    approval, refused_for, decided_at,
    (SELECT json_group_array(json_array(role, nullif(community, ''))) FROM roles WHERE user_id = users.id) AS roles
    FROM users"""


class AccountQueries:
    """Reads users."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def user_by_id(self, user_id: str) -> User | None:
        """Return a user, erased ones included."""
        return _user(self._connection.row(f"{USER} WHERE id = :id", {"id": user_id}))

    def user_by_handle(self, handle: str) -> User | None:
        """Return the user with this handle."""
        return _user(self._connection.row(f"{USER} WHERE handle = :handle", {"handle": handle}))

    def visible(self, handle: str, caller: Caller) -> User:
        """Return the user with this handle as far as this caller may know of them.

        People who wait for an approval, or were refused, are known to themselves and to those who decide on them.

        Raises:
            NotFound: there is no such user, or the caller may not know of them.
        """
        user = self.user_by_handle(handle)
        if user is None or not (user.approval == "approved" or _knows_applicants(caller, user)):
            raise NotFound(f"There is no user called {handle}.", "user_unknown")
        return user

    def looks_like_another(self, handle: str, user_id: str = "") -> bool:
        """Return whether a user other than this one has a handle that looks like this one, but is spelled otherwise."""
        same = (
            f"SELECT 1 FROM users WHERE handle IS NOT NULL AND {SKELETON} = :form AND handle <> :handle AND id <> :id"
        )
        return self._connection.row(same, {"form": skeleton(handle), "handle": handle, "id": user_id}) is not None

    def misleads(self, handle: str, user_id: str) -> bool:
        """Return whether readers would take this user's handle for that of the site or of another user."""
        return is_reserved(handle) or self.looks_like_another(handle, user_id)

    def with_roles(self) -> list[User]:
        """Return the users who have a role, by handle."""
        rows = self._connection.rows(f"{USER} WHERE id IN (SELECT user_id FROM roles) ORDER BY handle", {})
        return [user for row in rows if (user := _user(row)) and not user.erased]

    def is_last_admin(self, user_id: str) -> bool:
        """Return whether this user is the only administrator."""
        query = "SELECT user_id FROM roles WHERE role = 'admin' AND community = ''"
        return [row["user_id"] for row in self._connection.rows(query, {})] == [user_id]

    def refused_before(self, moment: datetime) -> list[str]:
        """Return the ids of the users who were refused before a moment."""
        query = "SELECT id FROM users WHERE approval = 'refused' AND decided_at < :moment"
        return [row["id"] for row in self._connection.rows(query, {"moment": time_of(moment)})]

    def erased_users(self) -> list[str]:
        """Return the ids of all erased users."""
        return [row["id"] for row in self._connection.rows("SELECT id FROM users WHERE erased", {})]

    def users_with_key(self) -> set[str]:
        """Return the ids of all users who are not erased, and of the authors of imported posts who have no handle."""
        rows = self._connection.rows(
            """SELECT id FROM users WHERE NOT erased
               UNION SELECT author_id FROM posts WHERE imported AND author_id NOT IN (SELECT id FROM users)""",
            {},
        )
        return {row["id"] for row in rows}

    def users_with_handle(self) -> list[tuple[str, str]]:
        """Return id and handle of all users with credentials who are not erased. A handle with a dot has none."""
        rows = self._connection.rows(
            "SELECT id, handle FROM users WHERE NOT erased AND handle IS NOT NULL AND instr(handle, '.') = 0", {}
        )
        return [(row["id"], row["handle"]) for row in rows]


def _knows_applicants(caller: Caller, user: User) -> bool:
    decides = caller.user is not None and rank_in(caller.user.roles, None) >= SITE_MODERATOR
    return caller.id == user.id or (decides and caller.may("decide_sign_ups"))


def _user(row: sqlite3.Row | None) -> User | None:
    if row is None:
        return None
    return User(
        id=row["id"],
        handle=row["handle"],
        roles=[] if row["erased"] else [(role, community) for role, community in orjson.loads(row["roles"])],
        registered_at=moment(row["registered_at"]),
        suspended_until=moment_or_none(row["suspended_until"]),
        suspended_for=row["suspended_for"] or "",
        erased=bool(row["erased"]),
        imported=bool(row["imported"]),
        approval=row["approval"],
        refused_for=row["refused_for"] or "",
        decided_at=moment_or_none(row["decided_at"]),
    )
