"""`ottit restore` on a disk with a slow fsync, and after SIGKILL."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.installation.settings import ROOT, LauncherSettings
from deploy.operations.backup import make_backup
from deploy.operations.broker_on_demand import open_connection
from shared.log.provision import RestoreUnfinished, provision
from shared.log.read_to_end import read_to_end
from shared.testing import MASTER_KEY, TestBroker
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.broker
# 2 MB: with an fsync per message, the broker needs more than 5 s for the first MB and does not take the second in time.
MESSAGES, MESSAGE_BYTES = 1_500, 1_500
DELAY = "20ms"
TIMEOUT_S = 120.0
SLOW_FSYNC = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync,fdatasync",
              "-e", f"inject=fsync,fdatasync:delay_exit={DELAY}")  # fmt: skip


@pytest.fixture(scope="module")
def slow_fsync() -> Sequence[str]:
    """Return the command prefix that delays every fsync of a command and of the broker that it starts."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed, so fsync cannot be delayed")
    if subprocess.run([*SLOW_FSYNC, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace processes on this machine, so fsync cannot be delayed")
    return SLOW_FSYNC


async def saved_messages(broker: TestBroker, file: Path) -> list[tuple[str, bytes]]:
    """Fill the log, back it up to `file`, and return its subjects and bytes."""
    operator = await broker.connect()
    stream = operator.jetstream()
    for first in range(0, MESSAGES, 100):
        numbers = range(first, first + 100)
        await asyncio.gather(*(stream.publish(f"events.test.{one}", os.urandom(MESSAGE_BYTES)) for one in numbers))
    await make_backup(operator, file, MASTER_KEY, lambda _name, _size: None)
    messages = [(message.subject, message.data) async for message in read_to_end(operator, "EVENTS")]
    await operator.close()
    return messages


def start_restore(target: RunningInstallation, file: Path, prefix: Sequence[str]) -> subprocess.Popen[str]:
    """Start `ottit restore` in its own process group."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "deploy.cli", "restore", str(file)],
        cwd=ROOT, env=target.environment, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def kill_when(command: subprocess.Popen[str], exists: Path, pattern: str, broker_port: int) -> None:
    """Kill the command and its broker as soon as a file appears."""
    deadline = time.monotonic() + TIMEOUT_S
    while not any(exists.glob(pattern)):
        assert command.poll() is None, command.communicate()[0]
        assert time.monotonic() < deadline, f"{pattern} never appeared"
        time.sleep(0.001)
    os.killpg(command.pid, signal.SIGKILL)
    command.communicate()
    while not port_is_free(broker_port):  # the kernel closes the killed broker's socket a moment later
        assert time.monotonic() < deadline, "the killed broker still listens"
        time.sleep(0.01)


def port_is_free(port: int) -> bool:
    """Return whether nothing listens on a port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def stored_messages(settings: LauncherSettings) -> list[tuple[str, bytes]]:
    """Return the subjects and bytes of the restored log."""
    async with open_connection(settings) as connection:
        await provision(connection.broker)
        return [(message.subject, message.data) async for message in read_to_end(connection.broker, "EVENTS")]


def settings_of(target: RunningInstallation) -> LauncherSettings:
    """Return the settings of an installation that is not started."""
    port, broker = (int(target.environment[name]) for name in ("OTTIT_PORT", "OTTIT_BROKER_PORT"))
    return LauncherSettings(data_dir=target.data, master_key=MASTER_KEY, port=port, broker_port=broker)


async def test_a_restore_succeeds_where_fsync_is_slow(
    broker: TestBroker, tmp_path: Path, slow_fsync: Sequence[str]
) -> None:
    before = await saved_messages(broker, tmp_path / "today.backup")
    target = RunningInstallation(tmp_path / "data", OTTIT_MASTER_KEY=MASTER_KEY)
    restoring = start_restore(target, tmp_path / "today.backup", slow_fsync)
    output = (await asyncio.to_thread(restoring.communicate, timeout=TIMEOUT_S))[0]
    assert restoring.returncode == 0, output
    assert await stored_messages(settings_of(target)) == before


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("*/streams/KV_POLICIES/meta.inf", id="between-two-streams"),
        pytest.param("*/streams/EVENTS/msgs/*.blk", id="inside-the-log"),
    ],
)
async def test_a_restore_that_was_killed_is_refused_at_a_start_and_can_be_repeated(
    broker: TestBroker, tmp_path: Path, moment: str
) -> None:
    before = await saved_messages(broker, tmp_path / "today.backup")
    target = RunningInstallation(tmp_path / "data", OTTIT_MASTER_KEY=MASTER_KEY)
    restoring = start_restore(target, tmp_path / "today.backup", ())
    port = settings_of(target).broker_port
    await asyncio.to_thread(kill_when, restoring, target.data / "broker" / "jetstream", moment, port)
    async with open_connection(settings_of(target)) as connection:
        with pytest.raises(RestoreUnfinished, match="run the same `ottit restore` command again"):
            await provision(connection.broker)
    again = start_restore(target, tmp_path / "today.backup", ())
    output = (await asyncio.to_thread(again.communicate, timeout=TIMEOUT_S))[0]
    assert again.returncode == 0, output
    assert await stored_messages(settings_of(target)) == before
