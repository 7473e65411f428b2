"""Loads the rows that a batch can touch into a change set, and writes what its fold changed."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import orjson

from services.gateway.view.change_notifications import TakenDown
from services.gateway.view.change_set import Act, Appeal, ChangeSet, Community, Decision, Post, Report, User, time_of
from services.gateway.view.store import Store
from shared.log.events import Event, InterestChanged, PostDecided, PostSubmitted, ReportFiled, UserErased, repeat_key
from shared.roles.ranks import NOBODY, Held

Values = dict[str, Any]
T = TypeVar("T", Post, User, Community)
COLUMNS = {kind: tuple(column.name for column in fields(kind)) for kind in (Post, User, Community, Appeal, Report, Act)}
# Columns that the submission sets for good. Leaving them out of updates spares the index of comments.
SET_ONCE = {"id", "author_id", "community", "parent_id", "root_id", "created_at", "origin_score", "imported"}
SET_ONCE |= {"date_known"}
UPSERT_POSTS = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in COLUMNS[Post] if column not in SET_ONCE
)


def load_change_set(db: sqlite3.Connection, events: Sequence[Event]) -> ChangeSet:
    """Load the part of the view that these facts can touch."""
    named: dict[str, set[str]] = {}
    for event in events:
        about = event.data.post_id if isinstance(event.data, ReportFiled) else event.entity_id
        named.setdefault("post" if isinstance(event.data, ReportFiled) else event.data.ENTITY, set()).add(about)
    leaving = [event.entity_id for event in events if isinstance(event.data, UserErased)]
    writers = {event.data.author_id for event in events if isinstance(event.data, PostSubmitted)}
    writers |= {event.data.reporter_id for event in events if isinstance(event.data, ReportFiled)}
    writers |= {event.entity_id for event in events if isinstance(event.data, InterestChanged)}
    posts = (*_load(db, Post, "posts", "id", named.get("post", ())), *_load(db, Post, "posts", "author_id", leaving))
    keys = {key for event in events if (key := repeat_key(event))}
    communities = _load(db, Community, "communities", "name", named.get("community", ()))
    users = named.get("user", set())
    return ChangeSet(
        posts={post.id: post for post in posts},
        users={user.id: user for user in _load(db, User, "users", "id", users)},
        communities={community.name: community for community in communities},
        erased={row["id"] for row in _among(db, "SELECT id FROM users WHERE erased AND id IN", writers)},
        open_reports=_load_open_reports(db, events),
        roles=_load_roles(db, users),
        admins={row[0] for row in db.execute("SELECT user_id FROM roles WHERE role = 'admin' AND community = ''")}
        if users
        else set(),
        repeat_keys={row["key"] for row in _among(db, "SELECT key FROM repeat_keys WHERE key IN", keys)},
    )


def write_change_set(store: Store, change_set: ChangeSet) -> None:
    """Write what a fold has changed, within the caller's transaction."""
    touched = change_set.touched
    posts = [_values(post) for post in change_set.posts.values() if post.id in touched]
    store.write(f"{_insert('posts', COLUMNS[Post])} {UPSERT_POSTS}", posts)
    _write_texts(store, change_set)
    _write_appeals_and_reports(store, change_set)
    _replace(store, "timeline", [*map(_timeline_row, change_set.timeline)])
    _replace(store, "decisions", [*map(_decision_row, change_set.decisions)])
    taken_down = [change for change in change_set.changes if isinstance(change, TakenDown)]
    _replace(store, "takedowns", [{"post_id": one.post_id, "sequence": one.sequence} for one in taken_down])
    _replace(store, "users", [_values(user) for user in change_set.users.values() if user.id in touched])
    _write_roles(store, change_set)
    _write_interests(store, change_set)
    _replace(store, "repeat_keys", [{"key": key} for key in sorted(change_set.new_repeat_keys)])
    _replace(store, "communities", [_values(community) for community in change_set.communities.values()])
    store.write(
        """INSERT INTO community_posts (name, posts) VALUES (:name, :posts)
           ON CONFLICT DO UPDATE SET posts = posts + excluded.posts""",
        [{"name": name, "posts": step} for name, step in change_set.community_posts.items()],
    )
    store.write(
        """INSERT INTO comment_counts (post_id, comments) VALUES (:post_id, :comments)
           ON CONFLICT DO UPDATE SET comments = comments + excluded.comments""",
        [{"post_id": post_id, "comments": step} for post_id, step in change_set.comments.items()],
    )


def _load_open_reports(db: sqlite3.Connection, events: Sequence[Event]) -> dict[tuple[str, str], int]:
    reported = {event.data.post_id for event in events if isinstance(event.data, ReportFiled)}
    select = """SELECT r.post_id, r.reporter_id, r.weight FROM reports r
        JOIN posts p ON p.id = r.post_id AND r.sequence >= p.reported WHERE r.post_id IN"""
    weights: dict[tuple[str, str], int] = {}
    for row in _among(db, select, reported):
        reporter = (row["post_id"], row["reporter_id"])
        weights[reporter] = max(row["weight"], weights.get(reporter, 0))
    return weights


def _load_roles(db: sqlite3.Connection, user_ids: Iterable[str]) -> dict[str, Held]:
    roles: dict[str, Held] = {}
    for row in _among(
        db, "SELECT user_id, role, nullif(community, '') AS community FROM roles WHERE user_id IN", user_ids
    ):
        roles[row["user_id"]] = roles.get(row["user_id"], NOBODY) | {(row["role"], row["community"])}
    return roles


def _write_roles(store: Store, change_set: ChangeSet) -> None:
    """Replace the roles of the users of this batch, and add its acts."""
    held = {user_id: roles for user_id, roles in change_set.roles.items() if user_id in change_set.touched}
    store.write("DELETE FROM roles WHERE user_id = :user_id", [{"user_id": user_id} for user_id in held])
    rows = [(user_id, role, where or "") for user_id, roles in held.items() for role, where in roles]
    _replace(store, "roles", [{"user_id": user, "role": role, "community": where} for user, role, where in rows])
    _replace(store, "acts", [_values(act) for act in change_set.acts])


def _write_texts(store: Store, change_set: ChangeSet) -> None:
    texts = change_set.texts.items()
    store.write(
        """INSERT INTO texts (post_id, title, body) VALUES (:post_id, :title, :body)
           ON CONFLICT DO UPDATE SET title = excluded.title, body = excluded.body""",
        [{"post_id": post_id, "title": text[0], "body": text[1]} for post_id, text in texts if text is not None],
    )
    before = store.db.total_changes
    removed = [{"post_id": post_id} for post_id, text in texts if text is None]
    store.write("DELETE FROM texts WHERE post_id = :post_id", removed)
    if change_set.handle_removed or (change_set.leaving and store.db.total_changes > before):
        store.ask_for_scrub()
    elif change_set.words_replaced:
        store.ask_for_scrub(later=True)


def _write_appeals_and_reports(store: Store, change_set: ChangeSet) -> None:
    """Write appeals and reports; delete an erased user's reasons, and every appeal and report about their posts."""
    _replace(store, "appeals", [_values(appeal) for appeal in change_set.appeals])
    _replace(store, "reports", [_values(report) for report in change_set.reports])
    leaving = [{"id": user_id} for user_id in sorted(change_set.leaving)]
    before = store.db.total_changes
    store.write("UPDATE reports SET reason = NULL WHERE reporter_id = :id AND reason IS NOT NULL", leaving)
    store.write("UPDATE acts SET reason = NULL WHERE about_id = :id AND reason IS NOT NULL", leaving)
    for table in ("appeals", "reports"):
        store.write(f"DELETE FROM {table} WHERE post_id IN (SELECT id FROM posts WHERE author_id = :id)", leaving)
    if store.db.total_changes > before:
        store.ask_for_scrub()


def _write_interests(store: Store, change_set: ChangeSet) -> None:
    """Write what readers are not interested in; delete what erased users were not interested in."""
    changed = [
        {"user_id": user_id, "kind": kind, "target": target, "since": since}
        for (user_id, kind, target), since in change_set.not_interested.items()
    ]
    _replace(store, "not_interested", [row for row in changed if row["since"]])
    before = store.db.total_changes
    key = "user_id = :user_id AND kind = :kind AND target = :target"
    store.write(f"DELETE FROM not_interested WHERE {key}", [row for row in changed if not row["since"]])
    leaving = [{"id": user_id} for user_id in sorted(change_set.leaving)]
    store.write("DELETE FROM not_interested WHERE user_id = :id", leaving)
    if store.db.total_changes > before:
        store.ask_for_scrub(later=not leaving)


def _load(db: sqlite3.Connection, kind: type[T], table: str, key: str, wanted: Iterable[str]) -> list[T]:
    columns = ", ".join(COLUMNS[kind])
    return [kind(**row) for row in _among(db, f"SELECT {columns} FROM {table} WHERE {key} IN", wanted)]


def _among(db: sqlite3.Connection, select: str, wanted: Iterable[str]) -> list[sqlite3.Row]:
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    keys = orjson.dumps(sorted(wanted)).decode()
    return cursor.execute(f"{select} (SELECT value FROM json_each(:keys))", {"keys": keys}).fetchall()


def _replace(store: Store, table: str, rows: Sequence[Values]) -> None:
    if rows:
        store.write(_insert(table, tuple(rows[0]), "INSERT OR REPLACE"), rows)


def _insert(table: str, columns: Sequence[str], verb: str = "INSERT") -> str:
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{column}' for column in columns)})"


def _values(row: Post | User | Community | Appeal | Report | Act) -> Values:
    return {column: getattr(row, column) for column in COLUMNS[type(row)]}


def _timeline_row(event: Event) -> Values:
    fact = event.data
    outcome, took_ms = (fact.outcome, fact.took_ms) if isinstance(fact, PostDecided) else (None, None)
    return {
        "post_id": event.entity_id,
        "sequence": event.sequence,
        "type": event.type,
        "occurred_at": time_of(event.occurred_at),
        "actor": event.actor,
        "revision": getattr(fact, "revision", None),
        "outcome": outcome,
        "took_ms": took_ms,
        "traceparent": event.traceparent,
    }


def _decision_row(decision: Decision) -> Values:
    fact = decision.fact
    return {
        "sequence": decision.sequence,
        "post_id": decision.post_id,
        "author_id": decision.author_id,
        "community": decision.community,
        "revision": fact.revision,
        "outcome": fact.outcome,
        "decided_by": fact.decided_by,
        "decided_at": decision.decided_at,
        "traceparent": decision.traceparent,
        "published": decision.published,
        # An ordinary publication by an engine does not appear in the public log.
        "logged": fact.outcome != "published" or fact.decided_by == "person",
        "detail": fact.model_dump_json(exclude={"author_id", "community"}),
    }
