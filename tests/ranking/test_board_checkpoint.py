"""The checkpoint: what was written comes back, with the sequences it stands for, or not at all."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from services.ranking.adapters import Checkpoint, CheckpointWriter, Stream
from services.ranking.projections import digest, take_changes
from tests.faults.waiting import until
from tests.ranking.worlds import ChangeSet, post_id

STREAMS = {"EVENTS": Stream("2026-01-01", 1000), "SIGNALS": Stream("2026-01-01", 1000)}
NEVER_S = 3600.0


def busy_world() -> ChangeSet:
    """A world in which a bit of everything happened."""
    world = ChangeSet()
    first = world.publish(1, imported=40)
    world.publish(2, author_id="gone", community="kitchen")
    world.publish(3, parent_id=post_id(1), root_id=post_id(1))
    world.edit(world.publish(4))
    world.signal(1, "reader")
    world.signal(2, "reader", -1)
    world.signal(2, "reader", 0)
    world.signal(9, "reader", 1, "less")
    world.erase("gone")
    world.withdraw(first)
    return world


def written(path: Path, world: ChangeSet) -> None:
    """Write all that changed."""
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    checkpoint.write(take_changes(world.board))
    checkpoint.close()


def test_a_board_comes_back_as_it_was(tmp_path: Path) -> None:
    world = busy_world()
    written(tmp_path / "board.sqlite", world)
    board = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    assert (digest(board), board.reached) == (digest(world.board), world.board.reached)


async def test_a_board_that_came_back_goes_on_like_one_that_never_stopped(tmp_path: Path) -> None:
    world = busy_world()
    stopped = ChangeSet()
    written(tmp_path / "board.sqlite", world)
    stopped.board = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    stopped.events, stopped.signals = list(world.events), list(world.signals)
    stopped.restart()
    for each in (world, stopped):
        each.publish(7, parent_id=post_id(4))
        each.signal(4, "reader", -1)
        each.decide(each.events[0].model_copy(update={"entity_id": post_id(4)}), revision=2)
        each.decide(each.submit(8, author_id="gone"))
    assert digest(stopped.board) == digest(world.board)
    assert (await stopped.feed(sort="hot")).items == (await world.feed(sort="hot")).items


def test_later_changes_are_added_to_what_was_written(tmp_path: Path) -> None:
    world = ChangeSet()
    checkpoint = Checkpoint(tmp_path / "board.sqlite")
    checkpoint.load(STREAMS)
    post = world.publish(1)
    world.signal(1, "reader")
    checkpoint.write(take_changes(world.board))
    world.withdraw(post)
    world.signal(1, "reader", 0)
    checkpoint.write(take_changes(world.board))
    checkpoint.close()
    assert digest(Checkpoint(tmp_path / "board.sqlite").load(STREAMS)) == digest(world.board)


@pytest.mark.parametrize(
    "now",
    [
        {**STREAMS, "EVENTS": Stream("2026-02-02", 1000)},
        {**STREAMS, "EVENTS": Stream("2026-01-01", 3)},
    ],
    ids=["another installation's log", "a log shorter than what was reached"],
)
def test_a_checkpoint_of_another_log_is_thrown_away(tmp_path: Path, now: dict[str, Stream]) -> None:
    written(tmp_path / "board.sqlite", busy_world())
    board = Checkpoint(tmp_path / "board.sqlite").load(now)
    assert board.reached == {"EVENTS": 0, "SIGNALS": 0}
    assert list(board.records()) == []


async def test_what_the_disk_refused_is_in_the_next_checkpoint(tmp_path: Path) -> None:
    world, path = ChangeSet(), tmp_path / "board.sqlite"
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, world.board, NEVER_S)
    world.publish(1)
    world.signal(1, "reader")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON post BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    await writer.write()
    assert writer.failing is not None
    blocker.execute("DROP TRIGGER full")
    await writer.write()
    await writer.close()
    assert writer.failing is None
    assert digest(Checkpoint(path).load(STREAMS)) == digest(world.board)


async def test_the_last_write_waits_for_one_that_has_begun(tmp_path: Path) -> None:
    world, path = ChangeSet(), tmp_path / "board.sqlite"
    checkpoint = Checkpoint(path)
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, world.board, every_s=0.0)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    world.publish(1)
    writer.start()

    async def begun() -> bool:
        return not world.board.changed_rows

    await until(begun, "the write has begun")
    world.publish(2)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0.05)
    blocker.execute("COMMIT")
    await closing
    assert writer.failing is None
    assert digest(Checkpoint(path).load(STREAMS)) == digest(world.board)
