"""Negative controls: damage to a stopped installation's files is noticed by the command that judges it from outside."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from deploy.installation.settings import ROOT, LauncherSettings
from deploy.operations.broker_on_demand import open_connection
from services.embeddings.adapters import EdgeIndex
from shared.ids import new_id
from shared.log.events import PostDecided
from shared.testing import free_port
from tests.faults import processes
from tests.faults.check.evidence import open_evidence
from tests.faults.check.judgement import wait_until_quiet
from tests.faults.conftest import make_live
from tests.faults.invariants import published
from tests.faults.live import Live
from tests.faults.mixed_load.journal import Call, MixedJournal
from tests.faults.stored_state import read_log
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults


@dataclass(frozen=True)
class Stopped:
    """The folder of a stopped installation and the journal of its load."""

    data: Path
    journal: Path


@asynccontextmanager
async def broker_of(stopped: Stopped) -> AsyncIterator[Client]:
    """Yield a connection to the folder's own broker, which runs during the block."""
    settings = LauncherSettings(data_dir=stopped.data, port=free_port(), broker_port=free_port())
    async with open_connection(settings) as connection:
        yield connection.broker


async def forget_a_submission(stopped: Stopped) -> None:
    """The journal knows an accepted submission that the log does not have."""
    body = {"id": new_id(), "community": "garden", "title": "Lost", "body": "It was accepted."}
    journal = MixedJournal(stopped.journal)
    call = Call(10**6, "submit", "nobody", body["id"], 1.0, 1.0, {"json": body, "headers": {"traceparent": ""}})
    journal.record_intent(call)
    journal.record_outcome(replace(call, outcome="ok", status=202, sequence=1, ended=2.0))
    journal.close()


async def invent_a_submission(stopped: Stopped) -> None:
    """The log holds a submission of a user of the load under another id."""
    async with broker_of(stopped) as broker:
        event = next(event for event in (await read_log(broker)).facts if event.type == "post.submitted")
        copy = event.model_copy(update={"entity_id": new_id(), "event_id": new_id()})
        await broker.jetstream().publish(copy.subject, copy.encode(), stream="EVENTS")


async def double_a_decision(stopped: Stopped) -> None:
    """The log holds an engine's decision twice."""
    async with broker_of(stopped) as broker:
        events = (await read_log(broker)).facts
        event = next(one for one in events if isinstance(one.data, PostDecided) and one.data.decided_by == "engine")
        copy = event.model_copy(update={"event_id": new_id()})
        await broker.jetstream().publish(copy.subject, copy.encode(), stream="EVENTS")


async def lose_a_vote(stopped: Stopped) -> None:
    """A vote is missing from its stream."""
    async with broker_of(stopped) as broker:
        signals = (await read_log(broker)).signals
        vote = next(one for one in signals if one.subject.startswith("signals.vote"))
        await broker.jsm().delete_msg("SIGNALS", vote.sequence.stream)


async def change_a_view(stopped: Stopped) -> None:
    """A post in the gateway's view has another state than the log says."""
    (file,) = (stopped.data / "gateway").glob("view-*.sqlite")
    with sqlite3.connect(file) as view:
        view.execute("UPDATE posts SET state = 'held' WHERE id = (SELECT id FROM posts WHERE state = 'published')")
    view.close()


async def move_a_checkpoint_back(stopped: Stopped) -> None:
    """Ranking's checkpoint names an earlier sequence than its content."""
    with sqlite3.connect(stopped.data / "ranking" / "board.sqlite") as board:
        tables = [name for (name,) in board.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        (table,) = (
            name for name in tables if "sequence" in _columns(board, name) and "stream" in _columns(board, name)
        )
        board.execute(f"UPDATE {table} SET sequence = sequence - 20 WHERE stream = 'EVENTS'")
    board.close()


async def drop_a_point(stopped: Stopped) -> None:
    """A published post is missing from the index."""
    async with broker_of(stopped) as broker:
        public = published((await read_log(broker)).facts)
    (home,) = (file.parent for file in (stopped.data / "embeddings").glob("posts-*/edge_config.json"))
    index = EdgeIndex(home)
    await index.prepare()
    assert await index.remove(next(iter(public)), 10**6)
    await index.close()


def _columns(file: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in file.execute(f"PRAGMA table_info({table})")}


DAMAGES: dict[str, tuple[Callable[[Stopped], Coroutine[Any, Any, None]], str]] = {
    "a submission is lost": (forget_a_submission, "I1"),
    "a submission is invented": (invent_a_submission, "I2"),
    "a decision is doubled": (double_a_decision, "I3"),
    "a vote is lost": (lose_a_vote, "I1"),
    "a view is changed": (change_a_view, "I5"),
    "a checkpoint is moved back": (move_a_checkpoint_back, "I6"),
    "a point is dropped": (drop_a_point, "I7"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """Return a stopped installation after a short load."""
    folder = tmp_path_factory.mktemp("sound")
    with running_installation(folder / "data", OTTIT_RATE_SCALE="1000") as installation:
        journal = asyncio.run(_load(installation, folder))
    return Stopped(folder / "data", journal)


async def _load(installation: RunningInstallation, folder: Path) -> Path:
    live = Live(installation, 5, folder)
    async with live.load():
        await live.until_accepted(80)
    async with open_evidence(live.data, installation.url) as evidence:
        assert await wait_until_quiet(evidence) == []
    return live.journal


def judged(stopped: Stopped) -> tuple[int, str]:
    """Run the command on a stopped installation, and return its exit code and output."""
    command = [sys.executable, "-m", "tests.faults.check", "--journal", str(stopped.journal), "--data"]
    done = subprocess.run(
        [*command, str(stopped.data)], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.injects("control", invariants="I1 I2 I3 I4 I5 I6 I10 I11 I14")
def test_a_sound_folder_is_accepted(sound: Stopped) -> None:
    code, output = judged(sound)
    assert code == 0, output


@pytest.mark.injects("control", invariants="I1 I2 I3 I5 I6 I7")
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_a_stopped_folder_is_noticed(sound: Stopped, tmp_path: Path, damage: str) -> None:
    harm, invariant = DAMAGES[damage]
    stopped = Stopped(tmp_path / "data", tmp_path / "journal.jsonl")
    shutil.copytree(sound.data, stopped.data)
    shutil.copyfile(sound.journal, stopped.journal)
    asyncio.run(harm(stopped))
    code, output = judged(stopped)
    assert code == 1
    violated = [line.split()[0] for line in output.splitlines() if "violations" in line]
    assert invariant in violated, output


@pytest.mark.injects("control", invariants="I9")
async def test_a_lag_that_stays_is_noticed(tmp_path: Path, fault_seed: int, request: pytest.FixtureRequest) -> None:
    with running_installation(tmp_path / "data", OTTIT_RATE_SCALE="1000") as installation:
        live = make_live(installation, fault_seed, tmp_path, request)
        async with live.load():
            await live.until_accepted(10)
            pid = processes.send(live.data, "embeddings", signal.SIGSTOP)
            await live.until_accepted(10)
        async with open_evidence(live.data, installation.url) as evidence:
            assert await wait_until_quiet(evidence, within_s=10) != []
        os.kill(pid, signal.SIGCONT)
