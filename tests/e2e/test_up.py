"""`ottit up`: start, conflicts, crashes, stop, and a later start with the same data."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.e2e
PROCESSES = {"broker", "moderation", "embeddings", "ranking", "gateway"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """One installation for the tests that leave it running."""
    with running_installation(tmp_path_factory.mktemp("data") / "with spaces") as running:
        yield running


def test_a_ready_installation_serves_the_client_and_prints_the_next_steps(installation: RunningInstallation) -> None:
    page = httpx.get(installation.url)

    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert installation.url in installation.output
    assert "ottit demo" in installation.output
    assert "ottit admin create" in installation.output


def test_status_lists_every_process_with_its_memory(installation: RunningInstallation) -> None:
    answer = installation.ottit("status", "--json")
    report = json.loads(answer.stdout)

    assert answer.returncode == 0
    assert report["ready"] is True
    assert {part["name"] for part in report["parts"]} == PROCESSES | {"launcher", "disk"}
    assert all(part["memory_bytes"] > 2**20 for part in report["parts"] if part["name"] != "disk")


def test_all_files_are_accessible_only_to_their_owner(installation: RunningInstallation) -> None:
    foreign = [path for path in installation.data.rglob("*") if path.exists() and path.stat().st_mode & 0o077]
    assert foreign == []


def test_a_second_start_on_the_same_folder_is_refused(installation: RunningInstallation) -> None:
    second = installation.ottit("up")

    assert second.returncode != 0
    assert "already runs" in second.stdout
    assert installation.url in second.stdout
    assert installation.ottit("status").returncode == 0


def test_a_port_in_use_is_named_with_its_setting(installation: RunningInstallation, tmp_path: Path) -> None:
    port = installation.url.rsplit(":", 1)[1]
    second = RunningInstallation(tmp_path / "second", OTTIT_PORT=port).ottit("up")

    assert second.returncode != 0
    assert f"Port {port}" in second.stdout
    assert "OTTIT_PORT" in second.stdout


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_killed_process_is_restarted_and_reported(installation: RunningInstallation, name: str) -> None:
    killed = installation.pid_of(name)
    os.kill(killed, signal.SIGKILL)

    _wait_until(lambda: installation.pid_of(name) not in (0, killed))
    _wait_until(lambda: installation.ottit("status").returncode == 0)

    assert f"{name:<10} was ended by SIGKILL" in installation.output


def test_the_first_administrator_is_created_on_the_command_line(installation: RunningInstallation) -> None:
    command = installation.ottit("admin", "create", "first-admin", "--password-stdin", stdin="a long pass phrase\n")
    assert command.returncode == 0, command.stdout + command.stderr

    credentials = {"handle": "first-admin", "password": "a long pass phrase"}
    _wait_until(lambda: "admin" in _signs_in(installation, credentials))
    again = installation.ottit("admin", "create", "first-admin", "--password-stdin", stdin="another pass phrase\n")
    assert again.returncode == 1
    assert "taken" in again.stderr


def test_an_import_passes_the_pipeline_and_a_repeat_is_harmless(
    installation: RunningInstallation, tmp_path: Path
) -> None:
    rows = [{"id": f"r{n}", "community": "Gardening", "text": f"Tomatoes, note number {n}"} for n in range(120)]
    file = tmp_path / "posts.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "broken\n")

    first, second = installation.ottit("import", str(file)), installation.ottit("import", "--again", str(file))

    assert first.returncode == 0, first.stdout + first.stderr
    assert "120 posts accepted" in first.stdout
    assert "Refused (not_json): 1" in first.stdout
    assert "Decided: 120 published" in first.stdout
    assert "0 posts accepted, 120 already existed" in second.stdout
    feed = httpx.get(f"{installation.url}/v1/feed", params={"sort": "new", "community": "gardening"}).json()
    assert len(feed["items"]) > 0


def test_ctrl_c_and_down_stop_every_process_and_keep_the_data(tmp_path: Path) -> None:
    account = {"handle": "stays", "password": "a long pass phrase"}
    with running_installation(tmp_path / "data") as first:
        assert httpx.post(f"{first.url}/v1/accounts", json=account).status_code == 201
        pids = [first.pid_of(name) for name in PROCESSES]
        code = first.stop(signal.SIGINT)

    assert code == 0
    assert not [pid for pid in pids if _runs(pid)]
    second = RunningInstallation(tmp_path / "data")
    try:
        assert second.ottit("up", "--detach").returncode == 0
        assert httpx.get(f"{second.url}/readyz").status_code == 200
        _wait_until(lambda: "member" in _signs_in(second, account))
    finally:
        down = second.ottit("down")

    assert down.returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.url)


# Last in this file, because it ends the installation that the others use.
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_killed_launcher_leaves_no_process(installation: RunningInstallation) -> None:
    pids = [installation.pid_of(name) for name in PROCESSES]
    installation.stop(signal.SIGKILL)

    _wait_until(lambda: not [pid for pid in pids if _runs(pid)])
    assert installation.ottit("status").returncode == 1


def _signs_in(installation: RunningInstallation, credentials: dict[str, str]) -> list[str]:
    answer = httpx.post(f"{installation.url}/v1/sessions", json=credentials)
    return list(answer.json()["user"]["roles"]) if answer.status_code == 201 else []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never became true"
        time.sleep(0.5)
