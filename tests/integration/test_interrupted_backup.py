"""A backup that is killed or finds the disk full is never taken for a whole one, and the previous one stays."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.operations.backup import CreatedBackup, make_backup
from deploy.operations.backup_file import DamagedBackup, remove_leftovers
from deploy.operations.restore import finish_restore, open_backup, restore
from shared.log.read_to_end import read_to_end
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.mounts import small_tmpfs

pytestmark = pytest.mark.broker
ROOT = Path(__file__).parents[2]
# Makes a backup in a process of its own, which kills itself at a given moment.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import nats
from deploy.operations import backup
moment, url, password, file, master_key = sys.argv[1:]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
begun = False  # people are also collected before the backup begins, to check them
def on_bytes(name, _size):
    global begun
    begun = True
    if name == moment: die()
if original := getattr(backup, moment, None):
    setattr(backup, moment, lambda *arguments: die() if begun else original(*arguments))
async def main():
    broker = await nats.connect(url, user="operator", password=password)
    await backup.make_backup(broker, Path(file), master_key, on_bytes)
asyncio.run(main())
"""


async def with_facts(broker: TestBroker, count: int, size: int = 500) -> Client:
    """Connect as the operator and append messages that do not compress."""
    operator = await broker.connect()
    for number in range(count):
        await operator.jetstream().publish(f"events.test.{number}", os.urandom(size))
    return operator


def contents(folder: Path) -> dict[str, bytes]:
    """Return name → bytes of all files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def backed_up(operator: Client, file: Path) -> CreatedBackup:
    """Make a backup."""
    return await make_backup(operator, file, MASTER_KEY, lambda _name, _size: None)


async def restored_count(operator: Client, created: CreatedBackup) -> int:
    """Restore a backup over the broker's streams, and return the number of facts."""
    backup = open_backup(created.file, created.people, MASTER_KEY)
    await finish_restore(operator, await restore(operator, backup, lambda _name, _size: None))
    return len([message async for message in read_to_end(operator, "EVENTS")])


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Return an empty folder; the broker's own is beside it."""
    (folder := tmp_path / "backups").mkdir()
    return folder


@pytest.mark.parametrize("moment", ["EVENTS", "KV_POLICIES", "collect_people", "write_people"])
async def test_a_killed_backup_leaves_the_previous_one_whole(broker: TestBroker, backups: Path, moment: str) -> None:
    operator = await with_facts(broker, 20)
    previous = await backed_up(operator, backups / "monday.backup")
    (password,) = [word for name, word in broker.passwords.items() if name == "operator"]
    arguments = [moment, broker.url, password, str(backups / "tuesday.backup"), MASTER_KEY]
    command = [sys.executable, "-c", KILLED, *arguments]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert contents(backups).keys() == {"monday.backup", "people.backup", ".tuesday.backup.part"}
    half = backups / ".tuesday.backup.part"
    with pytest.raises(DamagedBackup):
        open_backup(half, previous.people, MASTER_KEY)
    assert await restored_count(operator, previous) == 20
    await backed_up(operator, backups / "wednesday.backup")
    assert contents(backups).keys() == {"monday.backup", "wednesday.backup", "people.backup"}
    await operator.close()


async def test_a_full_disk_leaves_the_previous_backup_and_no_half_file(broker: TestBroker, tmp_path: Path) -> None:
    with small_tmpfs(tmp_path / "disk", 1) as disk:
        operator = await with_facts(broker, 20)
        previous = await backed_up(operator, disk / "monday.backup")
        await (await with_facts(broker, 40, size=40_000)).close()
        with pytest.raises(OSError, match="No space left"):
            await backed_up(operator, disk / "tuesday.backup")
        assert contents(disk).keys() == {"monday.backup", "people.backup"}
        assert await restored_count(operator, previous) == 20
        await operator.close()


async def test_a_disk_that_is_full_for_the_people_file_keeps_both_previous_files(
    broker: TestBroker, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = await with_facts(broker, 20)
    previous = await backed_up(operator, backups / "today.backup")
    before = contents(backups)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("deploy.operations.backup.write_people", full)
    with pytest.raises(OSError, match="No space left"):
        await backed_up(operator, backups / "today.backup")
    assert contents(backups) == before
    assert await restored_count(operator, previous) == 20
    await operator.close()


async def test_leftovers_are_removed_but_not_the_file_of_a_running_backup(broker: TestBroker, backups: Path) -> None:
    operator = await with_facts(broker, 20)
    leftover = backups / ".sunday.backup.part"
    leftover.write_bytes(b"half")
    seen: list[bool] = []

    def look(name: str, _size: int) -> None:
        if name == "EVENTS":
            remove_leftovers(backups)
            seen.append((backups / ".monday.backup.part").exists())

    await make_backup(operator, backups / "monday.backup", MASTER_KEY, look)
    assert seen
    assert all(seen)
    assert not leftover.exists()
    await operator.close()
