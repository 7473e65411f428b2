"""The newest published posts, for devices that keep them. Read beside the event loop: thousands of rows at once."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

# What stands for a title where a post has none: the beginning of its text, about a line.
BEGINNING = 120


@dataclass(frozen=True, slots=True)
class NewestPost:
    """One post. `sequence`: what published it; `created`: unix seconds."""

    sequence: int
    post_id: str
    community: str
    title: str
    created: float


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest first. `complete`: nothing newer than `since` was left out; `reached`: how far the log was folded."""

    posts: tuple[NewestPost, ...]
    gone: tuple[str, ...]
    log: str
    reached: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """`overall` newest posts of all communities, and `each` of these; only what came behind the sequence `since`."""

    communities: Sequence[str]
    overall: int
    each: int
    since: int = 0


# Publications first: an index leads to the newest of them.
PUBLISHED = f"""SELECT d.sequence, p.id, p.community, t.title, substr(t.body, 1, {BEGINNING}), p.created_at
    FROM decisions d CROSS JOIN posts p ON p.id = d.post_id AND p.state = 'published' AND p.parent_id IS NULL
    CROSS JOIN texts t ON t.post_id = p.id
    WHERE d.published AND d.sequence > :since {{narrowed}} ORDER BY d.sequence DESC LIMIT :limit"""
OVERALL = PUBLISHED.format(narrowed="")
OF_ONE = PUBLISHED.format(narrowed="AND d.community = :community")
GONE = """SELECT t.post_id FROM takedowns t JOIN posts p ON p.id = t.post_id AND p.state <> 'published'
    WHERE t.sequence > :since"""


def read_newest(path: Path, wanted: Wanted) -> Newest:
    """What is wanted, as of one moment, over a connection of its own."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
        db.execute("BEGIN")  # one snapshot
        reached = db.execute("SELECT coalesce(max(sequence), 0) FROM reached WHERE stream = 'EVENTS'").fetchone()[0]
        log = db.execute("SELECT value FROM marks WHERE name = 'log'").fetchone()
        since = {"since": wanted.since}
        rows = db.execute(OVERALL, {**since, "limit": wanted.overall}).fetchall()
        complete = len(rows) < wanted.overall
        for community in wanted.communities:
            rows += db.execute(OF_ONE, {**since, "limit": wanted.each, "community": community}).fetchall()
        gone = tuple(row[0] for row in db.execute(GONE, since)) if wanted.since else ()
    posts = {row[1]: _post(row) for row in sorted(rows)}  # of several publications of a post the last
    newest = sorted(posts.values(), key=lambda post: post.sequence, reverse=True)
    return Newest(tuple(newest), gone, log[0] if log else "", reached, complete)


def _post(row: Sequence[Any]) -> NewestPost:
    sequence, post_id, community, title, beginning, created_at = row
    words = title or " ".join(beginning.split())
    return NewestPost(sequence, post_id, community, words, datetime.fromisoformat(created_at).timestamp())
