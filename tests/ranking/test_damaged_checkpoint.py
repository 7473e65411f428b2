"""The ranking checkpoint × every damage: it loads with the same digest, or the state is built again."""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from services.ranking.adapters import Checkpoint, CheckpointWriter
from services.ranking.projections import RankingState, digest
from shared.storage.seal import remove_seal
from tests.local_damage import Damage, damages, flip
from tests.ranking.test_checkpoint import NEVER_S, STREAMS, busy_scenario, write_checkpoint


@pytest.mark.parametrize(("name", "damage", "in_order"), damages())
def test_a_damaged_checkpoint_is_whole_or_empty(tmp_path: Path, name: str, damage: Damage, in_order: bool) -> None:
    file, empty = tmp_path / "board.sqlite", digest(RankingState())
    scenario = busy_scenario()
    write_checkpoint(file, scenario)
    if not in_order:
        remove_seal(file)
    damage(file, Random(name))
    checkpoint = Checkpoint(file)
    state = checkpoint.load(STREAMS)
    if state.last_applied == scenario.state.last_applied:
        assert digest(state) == digest(scenario.state)
    else:
        assert (digest(state), state.last_applied) == (empty, {"EVENTS": 0, "SIGNALS": 0})
    checkpoint.close()
    again = Checkpoint(file)
    assert digest(again.load(STREAMS)) == digest(state), "what was built is kept"
    again.close()


@pytest.mark.parametrize("seed", range(30))
def test_any_flipped_bits_after_a_crash_leave_a_state_that_loads(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "board.sqlite"
    write_checkpoint(file, busy_scenario())
    remove_seal(file)
    source = Random(seed)
    flip(file, source.randrange(file.stat().st_size), 30, source)
    checkpoint = Checkpoint(file)
    checkpoint.load(STREAMS)
    checkpoint.close()


async def test_a_checkpoint_found_damaged_at_a_write_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = busy_scenario()
    checkpoint = Checkpoint(tmp_path / "board.sqlite")
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, scenario.state, NEVER_S)
    await writer.write()

    def fail(_: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    scenario.publish(30)
    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "write", fail)
        await writer.write()
    assert writer.failing is not None
    await writer.close()
    assert writer.failing is None
    assert digest(Checkpoint(tmp_path / "board.sqlite").load(STREAMS)) == digest(scenario.state)


async def test_a_file_overwritten_while_in_use_is_noticed_at_the_next_start(tmp_path: Path) -> None:
    scenario = busy_scenario()
    checkpoint = Checkpoint(tmp_path / "board.sqlite")
    checkpoint.load(STREAMS)
    writer = CheckpointWriter(checkpoint, scenario.state, NEVER_S)
    await writer.write()
    for part in ("board.sqlite", "board.sqlite-wal"):
        file = tmp_path / part
        file.write_bytes(Random(1).randbytes(file.stat().st_size))
    scenario.publish(30)
    await writer.close()
    loaded = Checkpoint(tmp_path / "board.sqlite").load(STREAMS)
    assert digest(loaded) in (digest(RankingState()), digest(scenario.state))
