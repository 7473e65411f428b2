"""Every checker accepts a valid log and reports an invalid one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.ids import derived_id
from shared.log.events import EmbeddingStored, Event, PostDecided, record
from shared.testing import AT, decided, edited, submitted, withdrawn
from tests.faults.invariants import (
    Answer,
    CheckpointReading,
    Point,
    SentPost,
    accounted,
    consistent_checkpoints,
    index_is_published,
    legal_order,
    no_phantom,
    nothing_lost,
    one_answer,
    one_decision,
    published,
    same_digest,
)

ONE, TWO = derived_id(1, "one"), derived_id(1, "two")
HASH = "0" * 64


def good_log() -> list[Event]:
    """Return a log with one post that was edited and published twice, and one withdrawn before its decision."""
    first = submitted(ONE).model_copy(update={"sequence": 1})
    log = [first, decided(first).model_copy(update={"sequence": 2})]
    log.append(_stored(source=2, revision=1, sequence=3))
    rewritten = edited(first).model_copy(update={"sequence": 4})
    log += [rewritten, decided(rewritten, revision=2).model_copy(update={"sequence": 5})]
    log.append(_stored(source=5, revision=2, sequence=6))
    second = submitted(TWO).model_copy(update={"sequence": 7})
    return [*log, second, withdrawn(second).model_copy(update={"sequence": 8})]


def _stored(source: int, revision: int, sequence: int) -> Event:
    fact = EmbeddingStored(revision=revision, source_sequence=source, model="test")
    return record(fact, ONE, actor="service:embeddings", at=AT).model_copy(update={"sequence": sequence})


def without(log: list[Event], sequence: int) -> list[Event]:
    return [event for event in log if event.sequence != sequence]


def again(log: list[Event], sequence: int) -> list[Event]:
    """Return the log with a copy of one fact at the end."""
    copy = next(event for event in log if event.sequence == sequence)
    return [*log, copy.model_copy(update={"sequence": len(log) + 1})]


def changed(log: list[Event], sequence: int, **fields: object) -> list[Event]:
    """Return the log with fields of one fact changed."""
    return [
        event.model_copy(update={"data": event.data.model_copy(update=fields)}) if event.sequence == sequence else event
        for event in log
    ]


ACCEPTED = SentPost(ONE, "author-1", HASH, (Answer("unknown"), Answer("ok", 1), Answer("ok", 1)))
SENT = (ACCEPTED, SentPost(TWO, "author-1", HASH, (Answer("unknown"),)))
VIOLATIONS: dict[str, Callable[[], list[str]]] = {
    "I1 a lost submission": lambda: nothing_lost(SENT, without(good_log(), 1)),
    "I1 a doubled submission": lambda: nothing_lost(SENT, again(good_log(), 1)),
    "I1 other content": lambda: nothing_lost(SENT, changed(good_log(), 1, content_hash="f" * 64)),
    "I2 a post that nobody sent": lambda: no_phantom(SENT[:1], good_log()),
    "I2 a refused post": lambda: no_phantom((ACCEPTED, replace(SENT[1], answers=(Answer("refused"),))), good_log()),
    "I3 two decisions": lambda: one_decision(again(good_log(), 5), quiet=False),
    "I3 no decision": lambda: one_decision(without(good_log(), 5), quiet=True),
    "I4 decided before submitted": lambda: legal_order(without(good_log(), 1)),
    "I4 another revision judged": lambda: legal_order(changed(good_log(), 5, judged_sequence=1)),
    "I4 a decision was judged": lambda: legal_order(
        [*good_log()[:3], decided(good_log()[1], decided_by="person").model_copy(update={"sequence": 4})]
    ),
    "I4 an edit came in between": lambda: legal_order(
        [*good_log()[:1], edited(good_log()[0]).model_copy(update={"sequence": 2}), *good_log()[1:2]]
    ),
    "I4 stored without being published": lambda: legal_order(changed(good_log(), 2, outcome="held")),
    "I4 shown without being published": lambda: legal_order(good_log(), {TWO}),
    "I5 one of three differs": lambda: same_digest({"live": "a", "rebuilt": "a", "repeated": "b"}),
    "I6 ahead of its state": lambda: consistent_checkpoints([CheckpointReading(4, "a", "b")]),
    "I6 going back": lambda: consistent_checkpoints([CheckpointReading(4, "a", "a"), CheckpointReading(3, "b", "b")]),
    "I7 a dropped point": lambda: index_is_published(points(ONE, TWO), points(ONE), 2),
    "I7 a point too many": lambda: index_is_published(points(ONE), points(ONE), 2),
    "I7 an old revision": lambda: index_is_published(points(ONE), {ONE: Point(1, axis(0))}, 1),
    "I7 another vector": lambda: index_is_published(points(ONE), {ONE: Point(5, axis(1))}, 1),
    "I10 forgotten": lambda: accounted({1, 2}, {1}, [], set()),
    "I10 processed and buried": lambda: accounted({1, 2}, {1, 2}, [2], {2}),
    "I10 buried twice": lambda: accounted({1, 2}, {1}, [2, 2], {2}),
    "I10 something good buried": lambda: accounted({1, 2}, {1}, [2], set()),
    "I11 two answers": lambda: one_answer((replace(ACCEPTED, answers=(Answer("ok", 1), Answer("ok", 9))),), good_log()),
    "I11 two facts": lambda: one_answer(SENT, again(good_log(), 1)),
}


def axis(number: int) -> NDArray[np.float32]:
    vector = np.zeros(384, dtype=np.float32)
    vector[number] = 1
    return vector


def points(*post_ids: str) -> dict[str, Point]:
    return {post_id: Point(5, axis(0)) for post_id in post_ids}


@pytest.mark.parametrize("check", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_each_violation_is_reported(check: Callable[[], list[str]]) -> None:
    assert check()


def test_a_valid_log_has_no_violations() -> None:
    log = good_log()
    assert list(published(log)) == [ONE]
    complaints = [
        nothing_lost(SENT, log),
        no_phantom(SENT, log),
        one_decision(log, quiet=True),
        legal_order(log, {ONE}),
        same_digest({"live": "a", "rebuilt": "a"}),
        consistent_checkpoints(
            [CheckpointReading(3, "a", "a"), CheckpointReading(3, "a", "a"), CheckpointReading(4, "b", "b")]
        ),
        index_is_published(points(ONE), points(ONE), 1),
        accounted({1, 2}, {1}, [2], {2}),
        one_answer(SENT, log),
    ]
    assert complaints == [[] for _ in complaints]


def test_a_moderators_second_decision_does_not_count_as_a_second_engine_decision() -> None:
    log = good_log()
    overturned = decided(log[3], "rejected", revision=2, decided_by="person").model_copy(update={"sequence": 9})
    assert isinstance(overturned.data, PostDecided)
    assert one_decision([*log, overturned], quiet=True) == []
    assert legal_order([*log, overturned]) == []
    assert published([*log, overturned]) == {}
