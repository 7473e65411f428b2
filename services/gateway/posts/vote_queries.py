"""Votes: loaded, counted and written."""

import sqlite3
from collections.abc import Collection, Sequence

import orjson

from services.gateway.posts.vote_projection import VoteTallies
from services.gateway.stream.changes import Counts
from services.gateway.view.store import Store
from shared.log.signals import Signal

COUNTS = """SELECT p.id, coalesce(v.up, 0), coalesce(v.down, 0), p.origin_score, coalesce(c.comments, 0)
    FROM json_each(?) j JOIN posts p ON p.id = j.value AND p.state = 'published'
    LEFT JOIN vote_counts v ON v.post_id = p.id LEFT JOIN comment_counts c ON c.post_id = p.id"""


def load_votes(db: sqlite3.Connection, votes: Sequence[Signal]) -> VoteTallies:
    """What these people have said about these posts so far."""
    pairs = orjson.dumps(sorted({(vote.post_id, vote.user_id) for vote in votes})).decode()
    found = db.execute(
        """SELECT v.post_id, v.user_id, v.value FROM json_each(?) j
           JOIN votes v ON v.post_id = j.value ->> 0 AND v.user_id = j.value ->> 1""",
        (pairs,),
    )
    return VoteTallies({(post_id, user_id): value for post_id, user_id, value in found})


def write_votes(store: Store, ballots: VoteTallies) -> None:
    """The votes as they stand, and the tallies by as much as they have changed."""
    store.write(
        "INSERT OR REPLACE INTO votes VALUES (?,?,?)",
        [(*pair, value) for pair, value in ballots.cast.items()],
    )
    store.write(
        """INSERT INTO vote_counts VALUES (?,?,?)
           ON CONFLICT DO UPDATE SET up = up + excluded.up, down = down + excluded.down""",
        [(post_id, up, ballots.down[post_id]) for post_id, up in ballots.up.items()],
    )


def counts(store: Store, post_ids: Collection[str]) -> list[Counts]:
    """The numbers of those of the posts that others can see."""
    sequence = store.reached("EVENTS")
    rows = store.db.execute(COUNTS, (orjson.dumps(sorted(post_ids)).decode(),)).fetchall()
    return [
        Counts(post_id, up, down, up - down + origin_score, comments, sequence)
        for post_id, up, down, origin_score, comments in rows
    ]
