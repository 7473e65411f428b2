"""Pure checkers of everything else that a load was promised: edits, withdrawals, votes, appeals, reports, reviews.

They extend I1 (nothing lost), I2 (no phantom) and I11 (one answer) from submissions to all writes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from shared.log.events import (
    Event,
    PostAppealed,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    ReportFiled,
    UserErased,
)
from shared.log.events.envelope import Fact
from shared.log.signals import Signal
from tests.faults.invariants import Answer, SentPost
from tests.faults.mixed_load.journal import Call, Record

# Kind of a write → the fact that it appends.
FACTS: Mapping[str, type[Fact]] = {
    "submit": PostSubmitted,
    "edit": PostEdited,
    "withdraw": PostWithdrawn,
    "appeal": PostAppealed,
    "report": ReportFiled,
    "review": PostDecided,
}
AUTHORED = ("edit", "withdraw", "appeal")


@dataclass(frozen=True)
class VoteReading:
    """A user's vote on a post in the stream and in the API; None if there is none or it was not read."""

    stored: int | None
    shown: int | None


def submissions(record: Record, hashes: Mapping[str, str]) -> list[SentPost]:
    """Return the journal's submissions for the checkers of I1, I2 and I11. `hashes`: post id → hash of its content."""
    return [
        SentPost(
            post_id,
            calls[0].user_id,
            hashes.get(post_id, ""),
            tuple(Answer(call.outcome, call.sequence) for call in calls),
        )
        for post_id, calls in record.by_key("submit").items()
    ]


def accepted_writes_stored(record: Record, log: Sequence[Event]) -> list[str]:
    """I1, I11: the log has the fact of every accepted write at the sequence that the answer named."""
    by_sequence = {event.sequence: event for event in log}
    wrong = []
    for call in record.of(*FACTS):
        if call.outcome != "ok" or not call.sequence:
            continue
        event = by_sequence.get(call.sequence)
        if event is None or not isinstance(event.data, FACTS[call.kind]) or _post_of(event) != call.key:
            found = event.type if event else "nothing"
            wrong.append(f"{call.kind} of {call.key} was accepted at {call.sequence}, where the log has {found}")
    return wrong


def no_unsent_change(record: Record, log: Sequence[Event]) -> list[str]:
    """I2: every edit, withdrawal and appeal by a user of the load was sent, and not every attempt was refused."""
    users = {account.id for account in record.accounts}
    attempts = {(kind, key): calls for kind in AUTHORED for key, calls in record.by_key(kind).items()}
    kinds = {fact: kind for kind, fact in FACTS.items() if kind in AUTHORED}
    wrong = []
    for event in log:
        kind = kinds.get(type(event.data))
        if kind and event.actor.removeprefix("user:") in users:
            calls = attempts.get((kind, event.entity_id), [])
            if all(call.outcome == "refused" for call in calls):
                wrong.append(f"{event.type} of {event.entity_id} at {event.sequence}: not sent, or refused")
    return wrong


def votes_kept(record: Record, readings: Mapping[tuple[str, str], VoteReading]) -> list[str]:
    """I1: each user's last vote on a post is stored and shown. `readings`: (post id, user id) → the vote found."""
    wrong = []
    for (post_id, user_id), possible in possible_votes(record).items():
        reading = readings.get((post_id, user_id), VoteReading(None, None))
        if reading.stored not in possible:
            wrong.append(f"{user_id} on {post_id}: stored {reading.stored}, sent {sorted(map(str, possible))}")
        if reading.shown is not None and reading.stored is not None and reading.shown != reading.stored:
            wrong.append(f"{user_id} on {post_id}: stored {reading.stored}, shown {reading.shown}")
    return wrong


def possible_votes(record: Record) -> dict[tuple[str, str], set[int | None]]:
    """Return (post id, user id) → the values that the last stored vote may have.

    A vote may be the last unless another one that was accepted began after its end. A vote without an answer may be
    stored at any later time.
    """
    pairs: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in record.of("vote"):
        if call.outcome != "refused":
            pairs[call.key, call.user_id].append(call)
    possible: dict[tuple[str, str], set[int | None]] = {}
    for pair, calls in pairs.items():
        accepted = [call for call in calls if call.outcome == "ok"]
        possible[pair] = {
            call.data["json"]["value"] for call in calls if not any(other.started > _end(call) for other in accepted)
        } | (set() if accepted else {None})
    return possible


def stored_votes(signals: Sequence[Signal]) -> dict[tuple[str, str], int]:
    """Return (post id, user id) → the last stored vote."""
    return {(signal.post_id, signal.user_id): signal.value for signal in signals if signal.kind == "vote"}


def votes_counted(signals: Sequence[Signal], shown: Mapping[str, tuple[int, int]]) -> list[str]:
    """I5: a post shows the whole votes on each side: the weights in the stream, added up and rounded down.

    `shown`: post id → votes up and down.
    """
    sums: defaultdict[tuple[str, int], int] = defaultdict(int)
    for vote in {(one.post_id, one.user_id): one for one in signals if one.kind == "vote"}.values():
        sums[vote.post_id, vote.value] += vote.weight
    wrong = []
    for post_id, counted in shown.items():
        stored = (sums[post_id, 1] // 100, sums[post_id, -1] // 100)
        if counted != stored:
            wrong.append(f"{post_id} shows {counted} votes up and down, the log has {stored}")
    return wrong


def erasures_final(log: Sequence[Event]) -> list[str]:
    """I14: after a user's erasure the log has no further text of that user."""
    erased: set[str] = set()
    wrong = []
    for event in log:
        if isinstance(event.data, UserErased):
            erased.add(event.entity_id)
        elif isinstance(event.data, PostSubmitted | PostEdited) and event.data.author_id in erased:
            wrong.append(f"{event.type} of {event.entity_id} at {event.sequence} came after its author's erasure")
    return wrong


def gapless(log: Sequence[int]) -> list[str]:
    """I1: the log's sequences have no gap. `log`: the sequences of all stored messages."""
    places = enumerate(sorted(log))
    runs = [[sequence for _, sequence in group] for _, group in groupby(places, lambda pair: pair[1] - pair[0])]
    return list(_gaps(runs)) if runs else []


def _gaps(runs: Sequence[Sequence[int]]) -> Iterator[str]:
    if runs[0][0] != 1:
        yield f"the log begins at {runs[0][0]}"
    for before, after in pairwise(runs):
        yield f"the log has nothing between {before[-1]} and {after[0]}"


def _end(call: Call) -> float:
    return call.ended if call.outcome == "ok" else float("inf")


def _post_of(event: Event) -> str:
    return event.data.post_id if isinstance(event.data, ReportFiled) else event.entity_id
