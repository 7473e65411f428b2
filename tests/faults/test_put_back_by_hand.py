"""An operator finds lost credentials and votes in a real installation, and puts right what can be put right."""

import time
from pathlib import Path

import httpx
import pytest

from tests.faults.damage import Damage, stream_folder
from tests.running_installation import RunningInstallation

pytestmark = [pytest.mark.e2e, pytest.mark.faults]
OLD, NEW = "a long pass phrase", "another long pass phrase"
NOTED_WITHIN_S = 60.0


def signed_in(installation: RunningInstallation, password: str) -> httpx.Client:
    """Return a client with a session of Ada."""
    http = httpx.Client(base_url=installation.url, timeout=30)
    answer = http.post("/v1/sessions", json={"handle": "ada", "password": password})
    http.headers["x-csrf-token"] = answer.raise_for_status().json()["csrf_token"]
    return http


def user_with_a_new_password(installation: RunningInstallation) -> str:
    """Sign Ada up, change her password, and return her id."""
    http = httpx.Client(base_url=installation.url, timeout=30)
    user_id = http.post("/v1/accounts", json={"handle": "ada", "password": OLD}).raise_for_status().json()["id"]
    changed = signed_in(installation, OLD).post("/v1/me/password", json={"current": OLD, "new": NEW})
    changed.raise_for_status()
    return str(user_id)


def damage_credentials(installation: RunningInstallation, user_id: str) -> None:
    """Flip a bit in the last stored credentials of a user."""
    block = next(stream_folder(installation.data / "broker", "KV_ACCOUNTS").rglob("*.blk"))
    word = f"$KV.ACCOUNTS.credentials.{user_id}".encode()
    Damage(block, block.read_bytes().rindex(word) + len(word) + 20, 3).apply()


def status_with(installation: RunningInstallation, text: str) -> str:
    """Return what `ottit status` prints once it has a text."""
    deadline = time.monotonic() + NOTED_WITHIN_S
    while text not in (shown := installation.ottit("status").stdout):
        assert time.monotonic() < deadline, shown
        time.sleep(1)
    return shown


@pytest.mark.injects("other", invariants="I1 I9")
def test_lost_credentials_are_named_refused_and_put_back(tmp_path: Path) -> None:
    installation, backups = RunningInstallation(tmp_path / "data"), tmp_path / "backups"
    backups.mkdir()
    installation.start()
    try:
        user_id = user_with_a_new_password(installation)
        saved = installation.ottit("backup", str(backups / "site.backup"), "--vanishing")
        assert saved.returncode == 0, saved.stderr
        assert installation.ottit("losses", "list").returncode == 0
    finally:
        installation.stop()
    damage_credentials(installation, user_id)
    installation = RunningInstallation(installation.data)
    installation.start()
    try:
        shown = status_with(installation, "restore-people")
        assert "ACCOUNTS" in shown
        for password in (OLD, NEW):
            with pytest.raises(httpx.HTTPStatusError) as refused:
                signed_in(installation, password)
            assert refused.value.response.json()["code"] == "credentials_lost"
        listed = installation.ottit("losses", "list")
        assert (listed.returncode, "ACCOUNTS" in listed.stdout) == (1, True), listed
        running = installation.ottit("restore-people", str(backups / "people.backup"))
        assert running.returncode == 1, "services must be stopped"
    finally:
        installation.stop()
    done = installation.ottit("restore-people", str(backups / "people.backup"))
    assert (done.returncode, "1 accounts" in done.stdout) == (0, True), done
    accepted = installation.ottit("losses", "accept", "--yes")
    assert accepted.returncode == 0, accepted
    installation = RunningInstallation(installation.data)
    installation.start()
    try:
        assert installation.ottit("losses", "list").returncode == 0
        signed_in(installation, NEW)
        with pytest.raises(httpx.HTTPStatusError):
            signed_in(installation, OLD)
        assert "lost" not in installation.ottit("status").stdout
    finally:
        installation.stop()
