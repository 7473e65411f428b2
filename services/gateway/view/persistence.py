"""Between the tables and the world of a fold: load what a batch can touch, write what it changed."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from services.gateway.stream.changes import TakenDown
from services.gateway.view.change_set import Appeal, ChangeSet, Community, Decision, Person, Post, Report, time_of
from services.gateway.view.store import Store
from shared.log.events import Event, PostDecided, PostSubmitted, ReportFiled, UserErased

POST_COLUMNS = """id, author_id, community, parent_id, root_id, state, revision, sequence, created_at, edited_at,
    origin_score, imported, decision, waiting, reported"""
PERSON_COLUMNS = "id, handle, registered_at, suspended_until, suspended_for, erased, imported"


def load_change_set(db: sqlite3.Connection, events: Sequence[Event]) -> ChangeSet:
    """The part of the view that these facts can touch."""
    named: dict[str, set[str]] = {}
    for event in events:
        about = event.data.post_id if isinstance(event.data, ReportFiled) else event.entity_id
        named.setdefault("post" if isinstance(event.data, ReportFiled) else event.data.ENTITY, set()).add(about)
    leaving = [event.entity_id for event in events if isinstance(event.data, UserErased)]
    writers = {event.data.author_id for event in events if isinstance(event.data, PostSubmitted)}
    writers |= {event.data.reporter_id for event in events if isinstance(event.data, ReportFiled)}
    posts = f"SELECT {POST_COLUMNS} FROM posts WHERE"
    return ChangeSet(
        posts={
            row[0]: Post(*row)
            for row in (
                *_among(db, f"{posts} id IN", named.get("post", ())),
                *_among(db, f"{posts} author_id IN", leaving),
            )
        },
        people={
            row[0]: Person(*row)
            for row in _among(
                db,
                f"SELECT {PERSON_COLUMNS} FROM users WHERE id IN",
                named.get("user", ()),
            )
        },
        communities={
            row[0]: Community(*row)
            for row in _among(
                db,
                "SELECT name, title, guideline, created_at FROM communities WHERE name IN",
                named.get("community", ()),
            )
        },
        erased={row[0] for row in _among(db, "SELECT id FROM users WHERE erased AND id IN", writers)},
    )


def write_change_set(store: Store, world: ChangeSet) -> None:
    """What a fold has changed, inside the caller's transaction."""
    touched = world.touched
    store.write(
        f"""INSERT INTO posts ({POST_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, revision = excluded.revision, sequence = excluded.sequence,
            edited_at = excluded.edited_at, decision = excluded.decision, waiting = excluded.waiting,
            reported = excluded.reported""",
        [_post(post) for post in world.posts.values() if post.id in touched],
    )
    _write_texts(store, world)
    _write_complaints(store, world)
    store.write("INSERT OR REPLACE INTO timeline VALUES (?,?,?,?,?,?,?,?,?)", [*map(_fact, world.timeline)])
    store.write("INSERT OR REPLACE INTO decisions VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", [*map(_decision, world.decisions)])
    store.write(
        "INSERT OR REPLACE INTO takedowns VALUES (?,?)",
        [(change.post_id, change.sequence) for change in world.changes if isinstance(change, TakenDown)],
    )
    store.write(
        f"INSERT OR REPLACE INTO users ({PERSON_COLUMNS}) VALUES (?,?,?,?,?,?,?)",
        [_person(person) for person in world.people.values() if person.id in touched],
    )
    store.write(
        "INSERT OR REPLACE INTO roles VALUES (?,?,?)",
        [(user_id, community, role) for (user_id, community), role in world.roles.items()],
    )
    store.write(
        "INSERT OR REPLACE INTO communities VALUES (?,?,?,?)",
        [(one.name, one.title, one.guideline, one.created_at) for one in world.communities.values()],
    )
    store.write(
        "INSERT INTO community_posts VALUES (?,?) ON CONFLICT DO UPDATE SET posts = posts + excluded.posts",
        [*world.community_posts.items()],
    )
    store.write(
        "INSERT INTO comment_counts VALUES (?,?) ON CONFLICT DO UPDATE SET comments = comments + excluded.comments",
        [*world.comments.items()],
    )


def _write_texts(store: Store, world: ChangeSet) -> None:
    kept = [(post_id, *text) for post_id, text in world.texts.items() if text is not None]
    store.write(
        """INSERT INTO texts VALUES (?,?,?) ON CONFLICT DO UPDATE SET title = excluded.title, body = excluded.body""",
        kept,
    )
    before = store.db.total_changes
    store.write(
        "DELETE FROM texts WHERE post_id = ?", [(post_id,) for post_id, text in world.texts.items() if text is None]
    )
    if world.forgotten or store.db.total_changes > before:
        store.ask_for_scrub()


def _write_complaints(store: Store, world: ChangeSet) -> None:
    """Appeals and reports. Of who leaves, no word stays; nor of what others have quoted of them."""
    store.write("INSERT OR REPLACE INTO appeals VALUES (?,?,?,?)", [*map(_appeal, world.appeals)])
    store.write("INSERT OR REPLACE INTO reports VALUES (?,?,?,?,?)", [*map(_report, world.reports)])
    leaving = [(user_id,) for user_id in sorted(world.leaving)]
    before = store.db.total_changes
    store.write("UPDATE reports SET reason = NULL WHERE reporter_id = ? AND reason IS NOT NULL", leaving)
    for table in ("appeals", "reports"):
        store.write(f"DELETE FROM {table} WHERE post_id IN (SELECT id FROM posts WHERE author_id = ?)", leaving)
    if store.db.total_changes > before:
        store.ask_for_scrub()


def _among(db: sqlite3.Connection, select: str, keys: Iterable[str]) -> list[Any]:
    wanted = sorted(keys)
    return db.execute(f"{select} (SELECT value FROM json_each(?))", (orjson.dumps(wanted).decode(),)).fetchall()


def _post(post: Post) -> tuple[Any, ...]:
    return (
        post.id, post.author_id, post.community, post.parent_id, post.root_id, post.state, post.revision,
        post.sequence, post.created_at, post.edited_at, post.origin_score, post.imported, post.decision, post.waiting,
        post.reported,
    )  # fmt: skip


def _person(person: Person) -> tuple[Any, ...]:
    return (
        person.id, person.handle, person.registered_at, person.suspended_until, person.suspended_for,
        person.erased, person.imported,
    )  # fmt: skip


def _appeal(appeal: Appeal) -> tuple[Any, ...]:
    return appeal.post_id, appeal.sequence, appeal.appealed_at, appeal.reason


def _report(report: Report) -> tuple[Any, ...]:
    return report.post_id, report.sequence, report.revision, report.reporter_id, report.reason


def _fact(event: Event) -> tuple[Any, ...]:
    fact = event.data
    outcome, took_ms = (fact.outcome, fact.took_ms) if isinstance(fact, PostDecided) else (None, None)
    revision = getattr(fact, "revision", None)
    at = time_of(event.occurred_at)
    return event.entity_id, event.sequence, event.type, at, event.actor, revision, outcome, took_ms, event.traceparent


def _decision(decision: Decision) -> tuple[Any, ...]:
    fact = decision.fact
    # Published by the engine is the ordinary case and no matter for the public log.
    logged = fact.outcome != "published" or fact.decided_by == "person"
    detail = fact.model_dump_json(exclude={"author_id", "community"})
    return (
        decision.sequence, decision.post_id, decision.author_id, decision.community, fact.revision, fact.outcome,
        fact.decided_by, decision.decided_at, decision.traceparent, decision.published, logged, detail,
    )  # fmt: skip
