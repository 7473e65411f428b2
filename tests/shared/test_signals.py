"""Signals: their subjects, their decoder, and the fold that skips everything else."""

import asyncio
import logging
from typing import Any

import pytest

from shared.log.events import DecodeError
from shared.log.signals import YIELD_EVERY, Signal, decode_signal, fold_signals
from shared.testing import AT
from tests.shared.fake_messages import FakeMessage, FakeMetadata, Place

VOTE = Signal(kind="vote", post_id="post-1", user_id="ada", value=-1, occurred_at=AT)


def stored(sequence: int, data: bytes = VOTE.encode(), subject: str = VOTE.subject) -> Any:
    """Return a message of the stream."""
    return FakeMessage(data, subject, FakeMetadata(sequence=Place(stream=sequence)))


def test_a_signal_is_stored_without_its_sequence_and_read_back_with_it() -> None:
    assert VOTE.subject == "signals.vote.post-1.ada"
    assert b"sequence" not in VOTE.encode()
    assert decode_signal(VOTE.encode()).sequence == 0
    assert decode_signal(VOTE.encode(), 7, VOTE.subject) == VOTE.model_copy(update={"sequence": 7})


def test_a_signal_under_the_subject_of_another_one_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"^the subject of another signal at sequence 7$") as refused:
        decode_signal(VOTE.encode(), 7, "signals.vote.post-1.ben")
    assert refused.value.sequence == 7


def test_a_vote_from_before_there_were_weights_counts_fully() -> None:
    old = VOTE.model_dump_json(exclude={"sequence", "weight"}).encode()
    assert decode_signal(old) == VOTE
    assert VOTE.weight == 100


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 2},
        {"value": -2},
        {"kind": "shout"},
        {"post_id": "a.b"},
        {"user_id": ""},
        {"weight": -1},
        {"weight": 101},
    ],
)
def test_a_value_that_no_signal_can_have_is_refused(changes: dict[str, object]) -> None:
    broken = VOTE.model_copy(update=changes).encode()
    with pytest.raises(DecodeError, match=r"^signal at sequence 7$") as refused:
        decode_signal(broken, 7)
    assert refused.value.sequence == 7


async def test_a_fold_gets_the_signals_in_order_and_skips_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    folded: list[Signal] = []
    messages = [stored(3), stored(4, b"{"), stored(5, subject="signals.vote.post-1.ben"), stored(9)]
    with caplog.at_level(logging.WARNING):
        await fold_signals(messages, folded.append)
    assert [signal.sequence for signal in folded] == [3, 9]
    assert [(line.message, vars(line)["sequence"]) for line in caplog.records] == [
        ("not a signal", 4),
        ("not a signal", 5),
    ]


@pytest.mark.parametrize(("count", "turns"), [(YIELD_EVERY - 1, 0), (YIELD_EVERY, 1), (2 * YIELD_EVERY + 1, 2)])
async def test_a_long_fold_lets_other_work_run_between(monkeypatch: pytest.MonkeyPatch, count: int, turns: int) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await fold_signals([stored(sequence) for sequence in range(count)], lambda _: None)
    assert waits == [0] * turns
