"""Reads the newest published posts for devices, in another thread: thousands of rows at once."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.gateway.view.view import View
from shared.storage.derived_database import end_if_damaged

# A post without a title shows the beginning of its text instead, about a line.
BEGINNING = 120


@dataclass(frozen=True, slots=True)
class NewestPost:
    """A post. `sequence`: that of the decision that published it. `created`: Unix seconds."""

    sequence: int
    post_id: str
    community: str
    title: str
    created: float


@dataclass(frozen=True, slots=True)
class Newest:
    """Posts, newest first. `complete`: nothing newer than `since` is missing. `reached`: the last folded sequence."""

    posts: tuple[NewestPost, ...]
    gone: tuple[str, ...]
    log: str
    reached: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """The `overall` newest posts, and the `each` newest of these communities, published after the sequence `since`."""

    communities: Sequence[str]
    overall: int
    each: int
    since: int = 0


# Decisions first: an index leads to the newest publications.
PUBLISHED = f"""SELECT d.sequence, p.id, p.community, t.title, substr(t.body, 1, {BEGINNING}) AS beginning, p.created_at
    FROM decisions d CROSS JOIN posts p ON p.id = d.post_id AND p.state = 'published' AND p.parent_id IS NULL
    CROSS JOIN texts t ON t.post_id = p.id
    WHERE d.published AND d.sequence > :since {{narrowed}} ORDER BY d.sequence DESC LIMIT :limit"""
OVERALL = PUBLISHED.format(narrowed="")
OF_ONE = PUBLISHED.format(narrowed="AND d.community = :community")
GONE = """SELECT t.post_id FROM takedowns t JOIN posts p ON p.id = t.post_id AND p.state <> 'published'
    WHERE t.sequence > :since"""


class NewestPostQueries:
    """Reads the newest posts of the view."""

    def __init__(self, view: View) -> None:
        self._view = view

    async def read(self, wanted: Wanted) -> Newest:
        """Return the newest published posts, read in another thread."""
        return await asyncio.to_thread(read_newest, self._view.path, wanted)


def read_newest(path: Path, wanted: Wanted) -> Newest:
    """Return the wanted posts as of one moment, read over a new connection."""
    try:
        return _read_newest(path, wanted)
    except sqlite3.DatabaseError as error:
        end_if_damaged(path, error)
        raise


def _read_newest(path: Path, wanted: Wanted) -> Newest:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")  # one snapshot
        reached = db.execute("SELECT sequence FROM reached WHERE stream = 'EVENTS'").fetchone()
        log = db.execute("SELECT value FROM marks WHERE name = 'log'").fetchone()
        since = {"since": wanted.since}
        rows = db.execute(OVERALL, {**since, "limit": wanted.overall}).fetchall()
        complete = len(rows) < wanted.overall
        for community in wanted.communities:
            rows += db.execute(OF_ONE, {**since, "limit": wanted.each, "community": community}).fetchall()
        gone = tuple(row["post_id"] for row in db.execute(GONE, since)) if wanted.since else ()
    rows.sort(key=lambda row: row["sequence"])
    posts = {row["id"]: _post(row) for row in rows}  # the last of several publications of a post
    newest = sorted(posts.values(), key=lambda post: post.sequence, reverse=True)
    return Newest(tuple(newest), gone, log["value"] if log else "", reached["sequence"] if reached else 0, complete)


def _post(row: sqlite3.Row) -> NewestPost:
    return NewestPost(
        sequence=row["sequence"],
        post_id=row["id"],
        community=row["community"],
        title=row["title"] or " ".join(row["beginning"].split()),
        created=datetime.fromisoformat(row["created_at"]).timestamp(),
    )
