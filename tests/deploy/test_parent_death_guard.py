"""Processes end with their launcher."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.process import PARENT_DEATH_GUARD
from tests.faults.waiting import TIMEOUT_S

LAUNCHER = """
import subprocess, sys, os
child = subprocess.Popen([sys.executable, sys.argv[1], str(os.getpid()), "/bin/sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_process_ends_with_a_killed_launcher() -> None:
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, PARENT_DEATH_GUARD], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout
    child = int(launcher.stdout.readline())
    _wait_until(lambda: Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"/bin/sleep"))

    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()

    _wait_until(lambda: not _runs(child))


def test_a_process_whose_launcher_has_ended_does_not_start() -> None:
    nobody = 2**22 + 1  # above the largest pid
    ended = subprocess.run([sys.executable, PARENT_DEATH_GUARD, str(nobody), "/bin/echo", "hello"], capture_output=True)

    assert (ended.returncode, ended.stdout) == (1, b"")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except (ProcessLookupError, FileNotFoundError):
        return False


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
