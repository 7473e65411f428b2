"""Launchers: one is killed under load, two start on one folder, and one stops while the broker hangs (E31)."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.installation.settings import ROOT
from tests.faults.conftest import make_live
from tests.faults.live import Live
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults

STOPS_WITHIN_S = 30.0
ATTEMPTS = 4


@pytest.mark.injects("launcher")
async def test_a_launcher_killed_under_load_starts_again_with_everything(live: Live) -> None:
    async with live.load():
        await live.until_accepted(20)
        await asyncio.to_thread(live.installation.stop, signal.SIGKILL)
        await asyncio.sleep(1)
        await asyncio.to_thread(live.installation.start)
        await live.calm()
    await live.verify()


@pytest.mark.injects("launcher")
async def test_a_second_launcher_under_load_is_refused_and_harms_nothing(live: Live) -> None:
    async with live.load():
        await live.until_accepted(20)
        second = await asyncio.to_thread(live.installation.ottit, "up")
        assert second.returncode == 1
        assert "already runs" in second.stdout
        await live.calm()
    await live.verify()


@pytest.mark.injects("launcher")
@pytest.mark.parametrize("attempt", range(ATTEMPTS))
def test_of_launchers_started_at_once_on_a_new_folder_one_wins(tmp_path: Path, attempt: int) -> None:
    rivals = [RunningInstallation(tmp_path / "data") for _ in range(3)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up"], cwd=ROOT, env=rival.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        for rival in rivals
    ]  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while sum(process.poll() is None for process in started) > 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        losers = [process for process in started if process.poll() is not None]
        assert len(losers) == len(rivals) - 1
        assert all("already runs" in (process.stdout.read() if process.stdout else "") for process in losers)
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


@pytest.mark.injects("E31")
async def test_stopping_while_the_broker_hangs_ends_in_time_and_loses_nothing(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with running_installation(tmp_path / "data", OTTIT_RATE_SCALE="1000") as installation:
        live = make_live(installation, fault_seed, tmp_path, request)
        async with live.load():
            await live.until_accepted(20)
            os.kill(live.pid("broker"), signal.SIGSTOP)
            began = time.monotonic()
            await asyncio.to_thread(installation.stop, signal.SIGTERM)
            assert time.monotonic() - began < STOPS_WITHIN_S
            await asyncio.to_thread(installation.start)
            await live.calm()
        await live.verify()
