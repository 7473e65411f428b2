"""The checkers of writes, votes, health, deliveries, traces and overturned decisions report each violation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.ids import derived_id
from shared.log.events import Event, PostAppealed, UserErased, record
from shared.log.signals import Signal
from shared.testing import AT, decided, edited, submitted, withdrawn
from tests.faults.effect_invariants import (
    HealthSample,
    attempts_visible,
    connected_trace,
    decisions_accounted,
    effects_reversed,
    healed,
    none_spins,
    overturned,
)
from tests.faults.mixed_load.journal import Account, Call, Record
from tests.faults.write_invariants import (
    VoteReading,
    accepted_writes_stored,
    erasures_final,
    gapless,
    no_unsent_change,
    votes_counted,
    votes_kept,
)

ONE, TWO = derived_id(1, "one"), derived_id(1, "two")
ADA = "author-1"


def at(event: Event, sequence: int) -> Event:
    return event.model_copy(update={"sequence": sequence})


FIRST = at(submitted(ONE), 1)
EDIT, WITHDRAWAL = at(edited(FIRST), 3), at(withdrawn(FIRST, revision=2), 4)
LOG = [FIRST, at(decided(FIRST), 2), EDIT, WITHDRAWAL]


def call(number: int, kind: str, key: str = ONE, **fields: Any) -> Call:
    plain: dict[str, Any] = {"outcome": "ok", "status": 202, "started": float(number), "ended": number + 0.5}
    required: dict[str, Any] = {"number": number, "kind": kind, "user_id": ADA, "key": key, "due": 0.0}
    return Call(**{**required, **plain, **fields})


def vote(number: int, value: int, **fields: Any) -> Call:
    return call(number, "vote", data={"json": {"value": value}}, **fields)


def light(user_id: str, value: int, weight: int) -> Signal:
    return Signal(kind="vote", post_id=ONE, user_id=user_id, value=value, occurred_at=AT, weight=weight)


def made(*calls: Call) -> Record:
    return Record({}, (Account(ADA, "ada", "secret"),), calls)


GOOD = made(call(1, "submit", sequence=1), call(2, "edit", sequence=3), call(3, "withdraw", sequence=4))
CALM = [HealthSample(1, True, 0), HealthSample(12, False, 5), HealthSample(40, True, 0), HealthSample(50, True, 0)]


def span(span_id: str, parent: str | None, service: str, **attributes: int) -> dict[str, Any]:
    return {
        "name": service,
        "service": service,
        "trace_id": "t",
        "span_id": span_id,
        "parent_span_id": parent,
        "attributes": {f"ottit.{name}": value for name, value in attributes.items()},
    }


TREE = [
    span("a", None, "browser"),
    span("b", "a", "gateway"),
    span("c", "b", "moderation", sequence=1, attempt=1),
    span("d", "b", "moderation", sequence=1, attempt=2),
]
PUBLISHED_AGAIN = [
    FIRST,
    at(decided(FIRST, "rejected"), 2),
    at(decided(FIRST, "published", decided_by="person"), 3),
]
TAKEN_DOWN = [FIRST, at(decided(FIRST), 2), at(decided(FIRST, "rejected", decided_by="person"), 3)]
EVERYWHERE = {"the feed": {ONE}, "the index": {ONE}}
NOWHERE: dict[str, set[str]] = {"the feed": set(), "the index": set()}
ERASED = at(record(UserErased(), ADA, actor=f"user:{ADA}", at=AT), 5)

VIOLATIONS: dict[str, Callable[[], list[str]]] = {
    "I1 a lost edit": lambda: accepted_writes_stored(GOOD, [FIRST, LOG[1], WITHDRAWAL]),
    "I1 a withdrawal of another post": lambda: accepted_writes_stored(made(call(3, "withdraw", TWO, sequence=4)), LOG),
    "I1 a gap": lambda: gapless([1, 2, 4]),
    "I1 a lost beginning": lambda: gapless([2, 3]),
    "I1 a lost vote": lambda: votes_kept(made(vote(1, 1)), {}),
    "I1 an earlier vote came back": lambda: votes_kept(made(vote(1, 1), vote(2, -1)), {(ONE, ADA): VoteReading(1, 1)}),
    "I1 another vote is shown": lambda: votes_kept(made(vote(1, 1)), {(ONE, ADA): VoteReading(1, 0)}),
    "I5 a light vote counts fully": lambda: votes_counted([light("ada", 1, 99)], {ONE: (1, 0)}),
    "I5 light votes do not add up": lambda: votes_counted([light("ada", -1, 60), light("ben", -1, 40)], {ONE: (0, 0)}),
    "I5 a replaced vote counts": lambda: votes_counted([light("ada", 1, 100), light("ada", 0, 100)], {ONE: (1, 0)}),
    "I2 an edit that nobody sent": lambda: no_unsent_change(made(), LOG),
    "I2 a refused withdrawal": lambda: no_unsent_change(
        made(call(2, "edit"), call(3, "withdraw", outcome="refused", status=409)), LOG
    ),
    "I9 never red": lambda: healed([replace(one, ready=True) for one in CALM], 10, 20, 10),
    "I9 red afterwards": lambda: healed([*CALM, HealthSample(60, False, 0)], 10, 20, 10),
    "I9 lag stays": lambda: healed([*CALM, HealthSample(60, True, 3)], 10, 20, 10),
    "I9 nobody looked": lambda: healed(CALM[:2], 10, 20, 10),
    "I9 a spinning process": lambda: none_spins({"gateway": 0.99}),
    "I10 a forgotten text": lambda: decisions_accounted([FIRST], set(), []),
    "I10 a missing dead letter": lambda: decisions_accounted(LOG, {9}, []),
    "I10 a good text as dead letter": lambda: decisions_accounted(LOG, set(), [1]),
    "I12 a broken trace": lambda: connected_trace([*TREE[:1], *TREE[2:]], {"browser"}),
    "I12 two traces": lambda: connected_trace([*TREE, span("e", "a", "ranking") | {"trace_id": "u"}], set()),
    "I12 a missing service": lambda: connected_trace(TREE, {"ranking"}),
    "I12 a hidden redelivery": lambda: attempts_visible([*TREE, span("e", "b", "moderation", sequence=1, attempt=2)]),
    "I13 a taken-down post stays": lambda: effects_reversed(TAKEN_DOWN, EVERYWHERE, set()),
    "I13 a published post is missing": lambda: effects_reversed(PUBLISHED_AGAIN, NOWHERE, set()),
    "I13 still in the queue": lambda: effects_reversed(PUBLISHED_AGAIN, EVERYWHERE, {ONE}),
    "I14 a text after the erasure": lambda: erasures_final([*LOG, ERASED, at(submitted(TWO), 6)]),
}


@pytest.mark.parametrize("check", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_each_violation_is_reported(check: Callable[[], list[str]]) -> None:
    assert check()


def test_a_valid_installation_has_no_violations() -> None:
    votes = made(vote(1, 1), vote(2, -1))
    complaints = [
        accepted_writes_stored(GOOD, LOG),
        no_unsent_change(GOOD, LOG),
        gapless([1, 2, 3]),
        gapless([]),
        votes_kept(votes, {(ONE, ADA): VoteReading(-1, -1)}),
        votes_counted([light("ada", 1, 60), light("ben", 1, 60), light("cem", -1, 99)], {ONE: (1, 0), TWO: (0, 0)}),
        healed(CALM, 10, 20, 10),
        none_spins({"gateway": 0.02}),
        decisions_accounted(LOG, {9}, [9]),
        connected_trace(TREE, {"browser", "gateway", "moderation"}),
        attempts_visible(TREE),
        effects_reversed(TAKEN_DOWN, NOWHERE, set()),
        effects_reversed(PUBLISHED_AGAIN, EVERYWHERE, set()),
        erasures_final([*LOG, ERASED]),
    ]
    assert complaints == [[] for _ in complaints]


def test_a_vote_without_an_answer_may_be_stored_late_or_never() -> None:
    unanswered = vote(1, -1, outcome="unknown", ended=0.0)
    for last in (-1, 1):
        assert votes_kept(made(unanswered, vote(2, 1)), {(ONE, ADA): VoteReading(last, last)}) == []
    assert votes_kept(made(unanswered), {}) == []
    assert votes_kept(made(unanswered, vote(2, 1)), {})


def test_a_later_text_or_appeal_ends_an_overturned_decision() -> None:
    assert overturned(TAKEN_DOWN) == {ONE: "rejected"}
    assert overturned([*TAKEN_DOWN, at(edited(FIRST), 4)]) == {}
    appeal = record(PostAppealed(revision=1, reason="s1.none"), ONE, actor=f"user:{ADA}", at=AT)
    assert effects_reversed([*TAKEN_DOWN, at(appeal, 4)], NOWHERE, {ONE}) == []
