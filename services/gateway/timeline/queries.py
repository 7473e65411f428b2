"""Reads the facts of a post's timeline."""

from collections.abc import Sequence
from typing import NamedTuple

from services.gateway.timeline.schemas import TimelineFact
from services.gateway.view.read_connection import ReadConnection, moment
from shared.telemetry.tracing import trace_id

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, without letters that are easily confused


class StoredFact(NamedTuple):
    """A row of `timeline`."""

    sequence: int
    type: str
    occurred_at: str
    actor: str
    revision: int | None
    outcome: str | None
    took_ms: float | None
    traceparent: str | None


class TimelineQueries:
    """Reads timelines."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def facts(self, post_id: str) -> list[StoredFact]:
        """Return a post's facts in the order of the log."""
        return self._connection.records(
            StoredFact,
            """SELECT sequence, type, occurred_at, actor, revision, outcome, took_ms, traceparent
               FROM timeline WHERE post_id = :id ORDER BY sequence""",
            {"id": post_id},
        )

    def current_decision(self, post_id: str) -> int | None:
        """Return the sequence of the decision in force on a post, or None."""
        row = self._connection.row("SELECT decision FROM posts WHERE id = :id", {"id": post_id})
        return row["decision"] if row else None


def is_public(fact: StoredFact, current_decision: int | None) -> bool:
    """Return whether readers other than the author may see a fact about a published post.

    Appeals and overturned or replaced decisions are hidden: they tell what the post was accused of. So is a moderator's
    earlier publication, which tells that there was something to overturn.
    """
    if fact.type == "post.decided" and fact.sequence != current_decision:
        return fact.outcome == "published" and not fact.actor.startswith("user:")
    return fact.type != "post.appealed"


def public_traces(facts: Sequence[StoredFact], current_decision: int | None) -> list[str]:
    """Return the traces of the public facts, without those that hidden facts share: their spans would tell them."""
    hidden = {trace_id(fact.traceparent) for fact in facts if not is_public(fact, current_decision)}
    found = [trace_id(fact.traceparent) for fact in facts if is_public(fact, current_decision)]
    return [trace for trace in found if trace and trace not in hidden]


def shown(fact: StoredFact) -> TimelineFact:
    """Return a fact as everybody may see it: without the ids of users."""
    return TimelineFact(
        sequence=fact.sequence,
        type=fact.type,
        occurred_at=moment(fact.occurred_at),
        actor=fact.actor.partition(":")[0] if fact.actor.startswith("user:") else fact.actor,
        revision=fact.revision,
        outcome=fact.outcome,
        took_ms=fact.took_ms,
    )


def short_code(post_id: str) -> str:
    """Return a short code to quote, made from the end of the id: `OT-7F3K`."""
    value = int(post_id.replace("-", "")[-5:], 16)
    return "OT-" + "".join(CODE_LETTERS[value >> shift & 31] for shift in (15, 10, 5, 0))
