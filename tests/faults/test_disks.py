"""E11 and disks: full and free again, read-only, and the disk as it was at the moment of an acceptance."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults import processes
from tests.faults.check.judgement import judge_folder, violations
from tests.faults.conftest import make_live
from tests.faults.live import Live
from tests.faults.mixed_load.journal import Record, read_journal
from tests.faults.mounts import MIB, end_writes, mounted_image, small_ext4, small_tmpfs
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults

# The broker takes three quarters of the free space, and its streams reserve 512 MiB of that.
DISK_MIB = 1200
# Less than one batch of events.
LEFT_BYTES = 64 * 1024
SNAPSHOTS = 8


@contextmanager
def disturbed(
    mounting: AbstractContextManager[Path], seed: int, folder: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Path, RunningInstallation, Live]]:
    """Mount a disk and run an installation on it. Yields the disk, the installation and its load."""
    with mounting as disk, running_installation(disk / "data", OTTIT_RATE_SCALE="1000") as installation:
        yield disk, installation, make_live(installation, seed, folder, request)


@pytest.mark.injects("E11", invariants="I9")
async def test_a_full_disk_is_reported_and_heals_when_space_is_back(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with disturbed(small_tmpfs(tmp_path / "disk", DISK_MIB), fault_seed, tmp_path, request) as (disk, _, live):
        async with live.load():
            await live.until_accepted(30)
            filler = disk / "filler"
            await asyncio.to_thread(_fill, disk, filler)
            words = await live.until_unready()
            assert "disk" in words or "space" in words or "full" in words, words
            filler.unlink()
            await live.calm()
        await live.verify()


@pytest.mark.injects("power loss", invariants="I1")
async def test_the_disk_at_the_moment_of_an_acceptance_has_every_accepted_write(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    image = tmp_path / "disk.img"
    with disturbed(small_ext4(image, tmp_path / "disk", DISK_MIB), fault_seed, tmp_path, request) as (_, _, live):
        taken = []
        async with live.load():
            for number in range(SNAPSHOTS):
                await live.until_accepted(8)
                snapshot = tmp_path / f"snapshot-{number}.img"
                with _paused(live):
                    # What the file system has not written to its device yet is lost, as in a power cut.
                    taken.append((snapshot, _answered_before(read_journal(live.journal), time.time())))
                    _copy_sparse(image, snapshot)
    live.record("trials", SNAPSHOTS)
    for snapshot, record in taken:
        with mounted_image(snapshot, tmp_path / snapshot.stem) as disk:
            found = await judge_folder(disk / "data", record)
            assert [line for line in violations(found) if line.startswith("I1:")] == []
        await _start_and_stop(snapshot, tmp_path / f"{snapshot.stem}-again")


@pytest.mark.injects("read-only", invariants="I1 I2 I11")
async def test_a_folder_that_becomes_read_only_loses_nothing_accepted(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    image = tmp_path / "disk.img"
    mounting = small_ext4(image, tmp_path / "disk", DISK_MIB)
    with disturbed(mounting, fault_seed, tmp_path, request) as (disk, installation, live):
        async with live.load(settle=False):
            await live.until_accepted(30)
            end_writes(disk)
            await live.until_unready()
            await asyncio.sleep(3)
        second = RunningInstallation(disk / "data").ottit("up")
        assert second.returncode == 1
        assert "Traceback" not in second.stdout + second.stderr
        await asyncio.to_thread(installation.stop, signal.SIGKILL)
    with mounted_image(image, tmp_path / "again") as disk:
        found = await judge_folder(disk / "data", read_journal(live.journal))
        assert [line for line in violations(found) if line.startswith(("I1:", "I2:", "I11:"))] == []


async def _start_and_stop(image: Path, folder: Path) -> None:
    """Start an installation on a snapshot: it becomes ready."""
    with mounted_image(image, folder) as disk, running_installation(disk / "data") as installation:
        assert await asyncio.to_thread(installation.stop) == 0


def _answered_before(record: Record, moment: float) -> Record:
    """Return the journal with the answers that were there at a moment; later ones are unknown."""
    return Record(record.run, record.accounts, tuple(call for call in record.calls if call.ended < moment))


@contextmanager
def _paused(live: Live) -> Iterator[None]:
    """Pause every part, so that nothing is written while the disk is copied."""
    pids = processes.pids(live.data).values()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _copy_sparse(image: Path, snapshot: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(image), str(snapshot)], check=True)


def _fill(disk: Path, filler: Path) -> None:
    with filler.open("wb") as file:
        while (free := shutil.disk_usage(disk).free) > LEFT_BYTES:
            file.write(b"\0" * min(MIB, free - LEFT_BYTES))
            file.flush()
