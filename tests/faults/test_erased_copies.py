"""E33: a person who was erased stays erased after a restore, and in a data folder with files of earlier versions."""

import json
import shutil
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.canary_search import Finding, find_canaries
from tests.faults.erased_person import a_post, sign_in, sign_up
from tests.faults.test_erased_bytes import CANARY, assert_findable, describe, open_community, publish, wait_for_nothing
from tests.faults.waiting import TIMEOUT_S
from tests.gateway.conftest import PASSWORD
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.faults
HANDLE = f"{CANARY.lower()}-ada"
# The broker keeps the subjects of a stream, of which a handle is part, in this file until it writes it next, about two
# minutes later: docs/operations.md.
BROKER_INDEX = "index.db"
SETTINGS = {"OTTIT_RATE_SCALE": "1000", "OTTIT_SCRUB_WITHIN_S": "5"}


@pytest.mark.injects("E33", invariants="I14")
def test_an_erasure_outlives_the_restore_of_a_backup_made_before_it(tmp_path: Path) -> None:
    backups, old = tmp_path / "backups", tmp_path / "old"
    with running_installation(tmp_path / "data", **SETTINGS) as running:
        posts = with_two_people(running)
        saved = running.ottit("backup", str(backups / "site.backup"), "--with-secrets", "--vanishing")
        assert saved.returncode == 0, saved.stderr
        shutil.copytree(backups, old)
        erase(running)
        assert running.ottit("backup", str(backups), "--people-only", "--vanishing").returncode == 0

    newest = restored(tmp_path / "newest", backups)
    refused = newest.ottit("restore", str(backups / "site.backup"), "--people", str(old / "people.backup"))
    assert refused.returncode == 1
    stay_erased(newest, posts, backups)
    # Only old copies are left: nothing in them knows of the erasure, so the operator names the person.
    stay_erased(restored(tmp_path / "older", old, "--erase", HANDLE), posts)


@pytest.mark.injects("E33", invariants="I14")
def test_files_of_earlier_versions_keep_no_byte_of_an_erased_person(tmp_path: Path) -> None:
    installation = RunningInstallation(tmp_path / "data", **SETTINGS)
    installation.start()
    try:
        with_two_people(installation)
    finally:
        installation.stop()
    left_over = leave_old_files(installation.data)
    again = RunningInstallation(installation.data, **SETTINGS)
    again.start()
    try:
        erase(again)
        left = wait_for_nothing(lambda: beside_the_brokers_index(again.data))
        assert not left, describe(left)
        assert not [file for file in left_over if file.exists()]
    finally:
        again.stop()
    left = find_canaries([again.data], CANARY)
    assert not left, describe(left)


def beside_the_brokers_index(data: Path) -> list[Finding]:
    """Return the canaries in all files but the broker's index."""
    return [found for found in find_canaries([data], CANARY) if found.file.name != BROKER_INDEX]


def with_two_people(running: RunningInstallation) -> dict[str, str]:
    """Publish a post of Ada with canaries, and one of Ben. Returns name → post."""
    admin, ada, ben = (httpx.Client(base_url=running.url, timeout=60) for _ in range(3))
    open_community(running, admin)
    sign_up(ada, HANDLE)
    sign_up(ben, "ben")
    posts = {
        "ada": publish(ada, a_post(f"Tomatoes {CANARY}", f"They are {CANARY} and red.")),
        "ben": publish(ben, a_post("Cucumbers", "They are green and long.")),
    }
    assert_findable(running.data)
    return posts


def erase(running: RunningInstallation) -> None:
    """Let Ada delete her account."""
    ada = httpx.Client(base_url=running.url, timeout=60)
    sign_in(ada, HANDLE)
    ada.request("DELETE", "/v1/me", json={"password": PASSWORD}).raise_for_status()


def restored(folder: Path, backups: Path, *options: str) -> RunningInstallation:
    """Restore the backup of a folder into an empty data folder."""
    copy = RunningInstallation(folder, **SETTINGS)
    secrets = ("--secrets", str(backups / "secrets.backup"))
    done = copy.ottit("restore", str(backups / "site.backup"), *secrets, *options, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased_since"] == 1
    return copy


def stay_erased(copy: RunningInstallation, posts: dict[str, str], *searched: Path) -> None:
    """Run a restored installation, and check that Ada can neither sign in nor be read, and Ben can."""
    copy.start()
    try:
        with httpx.Client(base_url=copy.url, timeout=60) as http:
            wait_until_quiet(http)
            credentials = {"handle": HANDLE, "password": PASSWORD}
            assert http.post("/v1/sessions", json=credentials).status_code == 401
            assert http.get(f"/v1/users/{HANDLE}").status_code == 404
            sign_in(http, "ben")
            shown = http.get(f"/v1/posts/{posts['ada']}")
            assert CANARY.lower() not in shown.text.lower()
            assert http.get(f"/v1/posts/{posts['ben']}").raise_for_status().json()["state"] == "published"
            found = http.get("/v1/search", params={"q": "tomatoes"}).raise_for_status().json()["items"]
            assert posts["ada"] not in [item["post"]["id"] for item in found]
        left = wait_for_nothing(lambda: find_canaries([copy.data, *searched], CANARY))
        assert not left, describe(left)
    finally:
        copy.stop()


def wait_until_quiet(http: httpx.Client) -> None:
    """Wait until all views have caught up."""
    deadline = time.monotonic() + TIMEOUT_S
    while sum(part["lag"] for part in http.get("/readyz").json()["parts"].values()):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def leave_old_files(data: Path) -> list[Path]:
    """Leave files in a stopped data folder as an upgrade that was cut off does. Returns the files with canaries."""
    (view,) = data.rglob("view-*.sqlite")
    left = [view.with_name(name) for name in ("view-2.sqlite", "view-3.sqlite", "view-3.sqlite-wal")]
    for file in (*left, view.with_name("view-2.new.sqlite")):
        shutil.copyfile(view, file)
    for name in ("posts-2-earlier", "posts-1"):
        shard = data / "embeddings" / name / "segments"
        shard.mkdir(parents=True)
        (shard / "payload.dat").write_text(f"The words of layout 2, in plain text: {CANARY}")
        left.append(shard / "payload.dat")
    return left
