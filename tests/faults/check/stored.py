"""Judges what is stored: the log, the votes, the views' files and the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from shared.content import Content
from shared.log.events import DecodeError, Event, decode
from shared.log.streams import DECIDE_POST
from shared.security.data_keys import Erased, KeyLost
from shared.security.sealing import DataKey
from tests.faults import effect_invariants, invariants, stored_state, write_invariants
from tests.faults.check.evidence import Evidence
from tests.faults.invariants import CheckpointReading
from tests.faults.mixed_load.journal import Record
from tests.faults.stored_state import LogContents, StoredKeys
from tests.faults.write_invariants import VoteReading

Findings = dict[str, list[str]]
# The vectors of this many posts are computed again; all others are compared by id and sequence.
ENCODED_POSTS = 60


@dataclass(frozen=True)
class Judged:
    """The log that was judged, and the posts that the index holds."""

    logged: LogContents
    facts: Sequence[Event]
    indexed: frozenset[str]


async def judge_stored(evidence: Evidence, record: Record, *, quiet: bool) -> tuple[Findings, Judged]:
    """Return invariant → violations, and what was read. `quiet`: everything must be decided and indexed."""
    logged = await stored_state.read_log(evidence.operator)
    facts = logged.facts
    sent = write_invariants.submissions(record, await _hashes(evidence, record, facts))
    dead = await stored_state.dead_letter_sequences(evidence.operator, DECIDE_POST)
    votes = write_invariants.stored_votes(logged.votes)
    readings = {pair: VoteReading(value, None) for pair, value in votes.items()}
    findings: Findings = {
        "I1": [
            *invariants.nothing_lost(sent, facts),
            *write_invariants.accepted_writes_stored(record, facts),
            *write_invariants.votes_kept(record, readings),
            *write_invariants.gapless([message.sequence.stream for message in logged.events]),
        ],
        "I2": [*invariants.no_phantom(sent, _of_the_load(record, facts)), *_unsent(record, facts)],
        "I3": invariants.one_decision(facts, quiet=quiet),
        "I4": invariants.legal_order(facts),
        "I10": effect_invariants.decisions_accounted(facts, _unreadable_texts(logged), dead) if quiet else [],
        "I11": invariants.one_answer(sent, facts),
        "I14": write_invariants.erasures_final(facts),
    }
    findings |= await _judge_views(evidence, logged)
    wrong, indexed = await _judge_index(evidence, facts)
    findings["I7"] = wrong
    return findings, Judged(logged, facts, indexed)


async def _judge_views(evidence: Evidence, logged: LogContents) -> Findings:
    keys = StoredKeys(evidence.key_store)
    view = await stored_state.read_view_checkpoint(evidence.data, logged, keys)
    ranking = await stored_state.read_ranking_checkpoint(evidence.data, logged, evidence.operator)
    caught_up = logged.up_to(view.reached, 2**53)
    digests = {"live": view.digest, "rebuilt": view.refolded}
    if caught_up.events == logged.events:
        digests["rebuilt in other batches"] = await stored_state.repeated_view_digest(logged, keys)
    return {
        "I5": [*invariants.same_digest(digests), *_refused("the gateway's view", view, logged)],
        "I6": [*invariants.consistent_checkpoints([ranking]), *_refused("ranking's checkpoint", ranking, logged)],
    }


def _refused(name: str, reading: CheckpointReading, logged: LogContents) -> list[str]:
    """Return a violation if opening a damaged file has thrown its content away: what is left equals a new view."""
    return [f"{name} holds nothing of the log: its file was damaged"] if logged.events and not reading.reached else []


async def _judge_index(evidence: Evidence, facts: Sequence[Event]) -> tuple[list[str], frozenset[str]]:
    public = invariants.published(facts)
    found, count = await stored_state.indexed_points(evidence.data, list(public))
    sample = dict(islice(public.items(), max(0, len(public) - ENCODED_POSTS), None))
    texts = [event for event in facts if event.entity_id in sample]
    wanted = await stored_state.expected_points(texts, StoredKeys(evidence.key_store), evidence.encoder)
    for post_id, decision in public.items():
        if post_id not in wanted and post_id in found:
            # Not encoded again: the stored vector is compared with itself, the sequence with the log.
            wanted[post_id] = invariants.Point(decision.sequence, found[post_id].vector)
    missing = [f"{post_id} is missing" for post_id in public.keys() - wanted.keys()]
    counted = [] if count == len(public) else [f"{count} posts can be found, {len(public)} are published"]
    wrong = invariants.index_is_published(wanted, found, len(wanted))
    return [*missing, *counted, *wrong], frozenset(found)


async def _hashes(evidence: Evidence, record: Record, facts: Sequence[Event]) -> dict[str, str]:
    """Return post id → hash of the content that was sent.

    For erased users it is the log's hash, as the key is gone. Posts of users whose key is lost are missing.
    """
    stored = {event.entity_id: getattr(event.data, "content_hash", "") for event in reversed(facts)}
    keys: dict[str, DataKey | None] = {}
    hashes = {}
    for post_id, calls in record.by_key("submit").items():
        user_id, body = calls[0].user_id, calls[0].data["json"]
        if user_id not in keys:
            try:
                keys[user_id] = await evidence.key_store.key_of(user_id)
            except Erased:
                keys[user_id] = None
            except KeyLost:
                continue
        key, content = keys[user_id], Content(title=body["title"], body=body["body"])
        hashes[post_id] = key.content_hash(content.canonical()) if key else stored.get(post_id, "")
    return hashes


def _of_the_load(record: Record, facts: Sequence[Event]) -> list[Event]:
    """Return the facts of posts by users of the load: others may write too."""
    users = {account.id for account in record.accounts}
    return [event for event in facts if getattr(event.data, "author_id", "") in users]


def _unsent(record: Record, facts: Sequence[Event]) -> list[str]:
    return write_invariants.no_unsent_change(record, facts)


def _unreadable_texts(logged: LogContents) -> set[int]:
    subjects = tuple(fact.subject("") for fact in DECIDE_POST.facts)
    found = set()
    for message in logged.events:
        if message.subject.startswith(subjects):
            try:
                decode(message.data, message.sequence.stream)
            except DecodeError:
                found.add(message.sequence.stream)
    return found
