"""The disk of the data folder is full once and has room again, with the whole installation on it (E11)."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.mounts import MIB, small_tmpfs
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults

SIZE_MIB = 400
TIMEOUT_S = 120.0


def fill(place: Path) -> Path:
    """Write a file that takes all that is free."""
    ballast = place / "ballast"
    with ballast.open("wb") as file:
        while True:
            try:
                os.write(file.fileno(), bytes(MIB))
            except OSError:
                return ballast


def request(address: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an answer."""
    data = json.dumps(body).encode() if body else None
    sent = urllib.request.Request(address, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def sign_up(running: RunningInstallation, handle: str) -> int:
    """Try to create an account, which writes to a bucket and to the log. Return the status."""
    account = {"handle": handle, "password": "correct horse battery"}
    return request(f"{running.url}/v1/accounts", account)[0]


def parts(running: RunningInstallation) -> dict[str, dict[str, Any]]:
    """Return the parts of the readiness report."""
    found: dict[str, dict[str, Any]] = request(f"{running.url}/readyz")[1]["parts"]
    return found


def wait_for(what: str, is_so: Callable[[], bool], within_s: float = TIMEOUT_S) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    until = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.5)


@pytest.mark.injects("E11", invariants="I9")
def test_a_disk_that_was_full_once_heals_without_anybody(tmp_path: Path) -> None:
    with small_tmpfs(tmp_path / "disk", SIZE_MIB) as small_disk, running_installation(small_disk / "data") as running:
        assert sign_up(running, "before") == 201
        ballast = fill(small_disk)
        wait_for("a refused write", lambda: sign_up(running, "while-full") == 507)
        wait_for("a red report", lambda: parts(running)["disk"]["state"] != "ok")
        assert "MiB are free" in parts(running)["disk"]["state"]
        ballast.unlink()
        wait_for("a green report", lambda: request(f"{running.url}/readyz")[0] == 200)
        assert sign_up(running, "after") == 201


@pytest.mark.injects("E11", invariants="I9")
def test_a_write_error_of_the_broker_is_named_and_heals_without_anybody(tmp_path: Path) -> None:
    with (
        small_tmpfs(tmp_path / "disk", SIZE_MIB) as small_disk,
        # Without the reserve the gateway sends writes to the broker until its disk is full.
        running_installation(small_disk / "data", OTTIT_DISK_RESERVE_MIB="0") as running,
    ):
        ballast = fill(small_disk)
        wait_for("a refused write", lambda: sign_up(running, f"full-{time.monotonic_ns() % 10**9}") >= 500)
        wait_for("a red report", lambda: "write error" in parts(running)["broker"]["state"])
        running.wait_for("No space left on device", TIMEOUT_S)
        ballast.unlink()
        running.wait_for("Its disk can be written to again", TIMEOUT_S)
        wait_for("a green report", lambda: request(f"{running.url}/readyz")[0] == 200)
        assert sign_up(running, "after") == 201
