"""Loads, tallies and writes votes, and reads vote and comment counts."""

import sqlite3
from collections.abc import Collection, Sequence
from functools import partial

from services.gateway.posts.vote_projection import Vote, VoteTallies
from services.gateway.view.change_notifications import Counts
from services.gateway.view.projector import Tally
from services.gateway.view.read_connection import as_json
from services.gateway.view.store import Store
from shared.log.events import FULL_WEIGHT
from shared.log.signals import Signal

COUNTS = f"""SELECT p.id AS post_id, coalesce(v.up, 0) / {FULL_WEIGHT} AS up,
        coalesce(v.down, 0) / {FULL_WEIGHT} AS down,
        coalesce(v.up, 0) / {FULL_WEIGHT} - coalesce(v.down, 0) / {FULL_WEIGHT} + p.origin_score AS score,
        coalesce(c.comments, 0) AS comments
    FROM json_each(:ids) j JOIN posts p ON p.id = j.value AND p.state = 'published'
    LEFT JOIN posts r ON r.id = p.root_id
    LEFT JOIN vote_counts v ON v.post_id = p.id LEFT JOIN comment_counts c ON c.post_id = p.id
    WHERE coalesce(r.state, 'published') = 'published'"""


def tally_votes(store: Store, votes: Sequence[Signal]) -> Tally:
    """Fold votes into the stored ones."""
    tallies = load_votes(store.db, votes)
    for vote in votes:
        tallies.take(vote.post_id, vote.user_id, Vote(vote.value, vote.weight))
    return Tally(tallies.up, partial(write_votes, store, tallies))


def load_votes(db: sqlite3.Connection, votes: Sequence[Signal]) -> VoteTallies:
    """Load the stored votes of these users on these posts."""
    pairs = as_json(sorted({(vote.post_id, vote.user_id) for vote in votes}))
    found = db.execute(
        """SELECT v.post_id, v.user_id, v.value, v.weight FROM json_each(:pairs) j
           JOIN votes v ON v.post_id = j.value ->> 0 AND v.user_id = j.value ->> 1""",
        {"pairs": pairs},
    )
    return VoteTallies({(post_id, user_id): Vote(value, weight) for post_id, user_id, value, weight in found})


def write_votes(store: Store, tallies: VoteTallies) -> None:
    """Write the votes, and add the changes to the stored tallies."""
    store.write(
        "INSERT OR REPLACE INTO votes (post_id, user_id, value, weight) VALUES (:post_id, :user_id, :value, :weight)",
        [
            {"post_id": post_id, "user_id": user_id, "value": vote.value, "weight": vote.weight}
            for (post_id, user_id), vote in tallies.votes.items()
        ],
    )
    store.write(
        """INSERT INTO vote_counts (post_id, up, down) VALUES (:post_id, :up, :down)
           ON CONFLICT DO UPDATE SET up = up + excluded.up, down = down + excluded.down""",
        [{"post_id": post_id, "up": up, "down": tallies.down[post_id]} for post_id, up in tallies.up.items()],
    )


def counts(store: Store, post_ids: Collection[str]) -> list[Counts]:
    """Return the vote and comment counts of those posts that others can see."""
    sequence = store.reached("EVENTS")
    cursor = store.db.cursor()
    cursor.row_factory = sqlite3.Row
    rows = cursor.execute(COUNTS, {"ids": as_json(sorted(post_ids))}).fetchall()
    return [Counts(**row, sequence=sequence) for row in rows]
