"""E08: each part stands still for good, and the launcher restarts it; the others go on."""

import os
import signal
import time
from pathlib import Path

import pytest

from deploy.local.watchdog import START_WITHIN_S, STUCK_AFTER_S
from tests.faults.test_full_disk import request, sign_up, wait_for
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults


def is_ready(running: RunningInstallation) -> bool:
    """Return whether the report is green; not while the gateway itself starts."""
    try:
        return request(f"{running.url}/readyz")[0] == 200
    except OSError:
        return False


@pytest.mark.injects("E08", invariants="I9")
def test_every_part_that_stands_still_is_restarted_and_no_other(tmp_path: Path) -> None:
    with running_installation(tmp_path / "data") as running:
        for number, name in enumerate(("moderation", "embeddings", "ranking", "gateway", "broker")):
            before = {part.name: part.pid for part in running.state.parts}
            began = time.monotonic()
            os.kill(before[name], signal.SIGSTOP)
            wait_for(f"a restart of {name}", lambda: running.pid_of(name) not in {0, before[name]})  # noqa: B023
            assert time.monotonic() - began >= STUCK_AFTER_S - 10  # nothing ends it early
            wait_for(f"a green report after {name}", lambda: is_ready(running))
            assert f"{name}" in running.output
            assert "has not answered for" in running.output
            after = {part.name: part.pid for part in running.state.parts}
            assert [part for part in before if before[part] != after[part]] == [name]
            assert sign_up(running, f"after-{number}") == 201


@pytest.mark.injects("E08", invariants="I9")
@pytest.mark.parametrize("name", ["ranking", "gateway"])
def test_a_part_that_stands_still_right_after_its_restart_is_restarted_again(tmp_path: Path, name: str) -> None:
    with running_installation(tmp_path / "data") as running:
        first = running.pid_of(name)
        os.kill(first, signal.SIGKILL)
        wait_for(f"a restart of {name}", lambda: running.pid_of(name) not in {0, first})
        second = running.pid_of(name)
        os.kill(second, signal.SIGSTOP)  # long before it can answer
        began = time.monotonic()
        wait_for(f"another restart of {name}", lambda: running.pid_of(name) not in {0, second}, 3 * START_WITHIN_S)
        assert time.monotonic() - began >= START_WITHIN_S - 10
        wait_for(f"a green report after {name}", lambda: is_ready(running))
        assert sign_up(running, "afterwards") == 201
