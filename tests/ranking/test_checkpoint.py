"""The checkpoint restores the written state with its sequences, or nothing at all."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from services.ranking.adapters import Checkpoint, CheckpointWriter, StreamState
from services.ranking.projections import digest, drain_changes
from tests.faults.waiting import wait_until
from tests.ranking.scenario import Scenario, post_id

STREAMS = {"EVENTS": StreamState("2026-01-01", 1000), "SIGNALS": StreamState("2026-01-01", 1000)}
NEVER_S = 3600.0
# `busy_scenario` as it was first written under version 2, and the digest it had then.
VERSION_2 = Path(__file__).with_name("checkpoint-v2.sql")
VERSION_2_DIGEST = "aea395dee0a47473671f5a66f99bb4723c99b9f7a53acd963e2e290c9fb691b6"


def busy_scenario() -> Scenario:
    """Return a scenario with facts and signals of every kind."""
    scenario = Scenario()
    first = scenario.publish(1, imported=40)
    scenario.publish(2, author_id="gone", community="kitchen")
    scenario.publish(3, parent_id=post_id(1), root_id=post_id(1))
    scenario.edit(scenario.publish(4))
    scenario.signal(1, "reader")
    scenario.signal(2, "reader", -1)
    scenario.signal(2, "reader", 0)
    scenario.signal(9, "reader", 1, "less")
    scenario.signal(4, "newcomer", -1, weight=40)
    scenario.signal(4, "newcomer-2", -1, weight=70)
    scenario.erase("gone")
    scenario.withdraw(first)
    return scenario


def write_checkpoint(path: Path, scenario: Scenario) -> None:
    """Write the scenario's changes to a new checkpoint."""
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    checkpoint.write(drain_changes(scenario.state))
    checkpoint.close()


def test_a_loaded_state_equals_the_written_one(tmp_path: Path) -> None:
    scenario = busy_scenario()
    write_checkpoint(tmp_path / "board.sqlite", scenario)
    state = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    assert (digest(state), state.last_applied) == (digest(scenario.state), scenario.state.last_applied)


async def test_a_loaded_state_continues_like_one_that_never_stopped(tmp_path: Path) -> None:
    scenario = busy_scenario()
    restarted = Scenario()
    write_checkpoint(tmp_path / "board.sqlite", scenario)
    restarted.state = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    restarted.events, restarted.signals = list(scenario.events), list(scenario.signals)
    restarted.restart()
    for each in (scenario, restarted):
        each.publish(7, parent_id=post_id(4))
        each.signal(4, "reader", -1)
        each.decide(each.events[0].model_copy(update={"entity_id": post_id(4)}), revision=2)
        each.decide(each.submit(8, author_id="gone"))
    assert digest(restarted.state) == digest(scenario.state)
    assert (await restarted.feed(sort="hot")).items == (await scenario.feed(sort="hot")).items


def test_a_checkpoint_written_by_an_older_release_of_the_same_version_loads(tmp_path: Path) -> None:
    store = sqlite3.connect(tmp_path / "board.sqlite")
    store.executescript(VERSION_2.read_text(encoding="utf-8"))
    store.close()
    state = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    assert state.last_applied == {"EVENTS": 15, "SIGNALS": 6}
    assert digest(state) == digest(busy_scenario().state) == VERSION_2_DIGEST


def test_later_changes_are_added_to_the_checkpoint(tmp_path: Path) -> None:
    scenario = Scenario()
    checkpoint = Checkpoint(tmp_path / "board.sqlite")
    checkpoint.load(STREAMS)
    post = scenario.publish(1)
    scenario.signal(1, "reader")
    checkpoint.write(drain_changes(scenario.state))
    scenario.withdraw(post)
    scenario.signal(1, "reader", 0)
    checkpoint.write(drain_changes(scenario.state))
    checkpoint.close()
    assert digest(Checkpoint(tmp_path / "board.sqlite").load(STREAMS)) == digest(scenario.state)


@pytest.mark.parametrize(
    "now",
    [
        {**STREAMS, "EVENTS": StreamState("2026-02-02", 1000)},
        {**STREAMS, "EVENTS": StreamState("2026-01-01", 3)},
    ],
    ids=["another installation's log", "a log shorter than what was reached"],
)
def test_a_checkpoint_of_another_log_is_discarded(tmp_path: Path, now: dict[str, StreamState]) -> None:
    write_checkpoint(tmp_path / "board.sqlite", busy_scenario())
    state = Checkpoint(tmp_path / "board.sqlite").load(now)
    assert state.last_applied == {"EVENTS": 0, "SIGNALS": 0}
    assert list(state.records()) == []


async def test_changes_of_a_failed_write_are_in_the_next_one(tmp_path: Path) -> None:
    scenario, path = Scenario(), tmp_path / "board.sqlite"
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, scenario.state, NEVER_S)
    scenario.publish(1)
    scenario.signal(1, "reader")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON post BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    await writer.write()
    assert writer.failing is not None
    blocker.execute("DROP TRIGGER full")
    await writer.write()
    await writer.close()
    assert writer.failing is None
    assert digest(Checkpoint(path).load(STREAMS)) == digest(scenario.state)


async def test_the_last_write_waits_for_a_running_one(tmp_path: Path) -> None:
    scenario, path = Scenario(), tmp_path / "board.sqlite"
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, scenario.state, every_s=0.0)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    scenario.publish(1)
    writer.start()

    async def begun() -> bool:
        return not scenario.state.changed_rows

    await wait_until(begun, "the write has begun")
    scenario.publish(2)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)  # the closing begins
    blocker.execute("COMMIT")
    await closing
    assert writer.failing is None
    assert digest(Checkpoint(path).load(STREAMS)) == digest(scenario.state)
