"""An import whose command is interrupted and whose gateway is killed brings every row exactly once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.installation.admin_context import admin_context
from deploy.installation.settings import ROOT, LauncherSettings
from services.gateway.imports.commands import post_id_of
from shared.log.events import PostSubmitted
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults
ROWS, TIMEOUT_S = 4000, 300.0


def write_rows(path: Path) -> None:
    """Write posts and comments in random order, some without an author, some removed."""
    chosen = random.Random(7)
    rows = [
        {
            "id": f"r{n}", "community": "kitchen", "text": "[removed]" if n % 11 == 5 else f"Note {n}",
            "author": f"author{n % 40}" if n % 4 else None, "parent_id": f"r{chosen.randrange(n)}" if n % 3 else None,
        }
        for n in range(ROWS)
    ]  # fmt: skip
    chosen.shuffle(rows)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def start_import(installation: RunningInstallation, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "deploy.cli", "import", str(file)]
    return subprocess.Popen(
        command, cwd=ROOT, env=installation.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def submitted(folder: Path) -> int:
    """Return the number of rows that the journal says were submitted."""
    journals = [json.loads(path.read_text()) for path in (folder / "imports").glob("*.json")]
    return sum(one["accepted"] + one["repeated"] for one in journals)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def submissions_by_subject() -> dict[str, int]:
    """Return the number of submissions of each post in the log."""
    async with admin_context(LauncherSettings()) as context:
        info = await context.broker.jsm().stream_info("EVENTS", subjects_filter=PostSubmitted.subject("*"))
        return dict(info.state.subjects or {})


async def test_interruptions_and_a_killed_gateway_lose_and_double_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, data = tmp_path / "posts.jsonl", tmp_path / "data"
    write_rows(file)
    with running_installation(data) as installation:
        for name in ("OTTIT_DATA_DIR", "OTTIT_PORT", "OTTIT_BROKER_PORT"):
            monkeypatch.setenv(name, installation.environment[name])

        first = start_import(installation, file)
        wait_until(lambda: submitted(data) >= 300)
        first.send_signal(signal.SIGINT)
        output, _ = first.communicate(timeout=TIMEOUT_S)
        assert first.returncode == 130, output
        assert "the same command continues" in output
        assert submitted(data) < ROWS

        second = start_import(installation, file)
        wait_until(lambda: submitted(data) >= 1200)
        os.kill(installation.pid_of("gateway"), signal.SIGKILL)
        wait_until(lambda: submitted(data) >= 2000)
        second.kill()
        second.communicate()

        third = start_import(installation, file)
        output, _ = third.communicate(timeout=TIMEOUT_S)
        assert third.returncode == 0, output
        assert "Continuing after row" in output
        assert "No row was refused" in output, output
        counts = await submissions_by_subject()

    assert counts == {PostSubmitted.subject(post_id_of(f"r{n}")): 1 for n in range(ROWS)}
    assert not list((data / "imports").glob("*.rows")), "staged texts were left behind"
