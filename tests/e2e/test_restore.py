"""A restored data folder has the same posts, feed, search results, votes and accounts."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.running_installation import RunningInstallation

pytestmark = [pytest.mark.e2e, pytest.mark.long]
CREDENTIALS = {"handle": "ada", "password": "a long pass phrase"}
TEXTS = ("Sourdough that stays flat", "Tomatoes in pots", "A shed without nails")


def test_a_lost_data_folder_is_restored_from_its_backup(tmp_path: Path) -> None:
    installation, backups = RunningInstallation(tmp_path / "data"), tmp_path / "backups"
    backups.mkdir()
    installation.start()
    try:
        http = signed_in(installation, first_time=True)
        posts = written(installation, http)
        before = seen(http, posts)
        assert len(before["feed"]) == len(TEXTS)
        assert before["search"]
        saved = installation.ottit("backup", str(backups), "--with-secrets", "--vanishing", "--json")
        assert saved.returncode == 0, saved.stderr
        file = json.loads(saved.stdout)["file"]
        refused = installation.ottit("restore", file)
        assert refused.returncode == 1
        assert "stop it first" in refused.stderr
    finally:
        installation.stop()
    refused = installation.ottit("restore", file)
    assert refused.returncode == 1
    assert "already has users" in refused.stderr

    shutil.rmtree(installation.data)
    restored = installation.ottit("restore", file, "--secrets", str(backups / "secrets.backup"), "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["accounts"] == 1

    again = RunningInstallation(installation.data, **{key: installation.environment[key] for key in ("OTTIT_PORT",)})
    again.start()
    try:
        http = signed_in(again)
        assert seen(http, posts) == before
        late = write(http, "Written after the restore")
        wait_published(http, late)
    finally:
        again.stop()


def signed_in(installation: RunningInstallation, *, first_time: bool = False) -> httpx.Client:
    http = httpx.Client(base_url=installation.url, timeout=30)
    if first_time:
        command = installation.ottit("admin", "create", "ada", "--password-stdin", stdin=f"{CREDENTIALS['password']}\n")
        assert command.returncode == 0, command.stderr
    session = http.post("/v1/sessions", json=CREDENTIALS).raise_for_status()
    http.headers["x-csrf-token"] = session.json()["csrf_token"]
    return http


def written(installation: RunningInstallation, http: httpx.Client) -> list[str]:
    community = {"name": "garden", "title": "Garden", "guideline": "Be kind."}
    http.post("/v1/communities", json=community).raise_for_status()
    posts = [write(http, text) for text in TEXTS]
    for post in posts:
        wait_published(http, post)
    http.put(f"/v1/posts/{posts[1]}/vote", json={"value": 1}).raise_for_status()
    return posts


def write(http: httpx.Client, title: str) -> str:
    post = {"id": new_id(), "community": "garden", "title": title, "body": "More about it, some other day."}
    answer = http.post("/v1/posts", json=post).raise_for_status()
    identifier: str = answer.json()["id"]
    return identifier


def wait_published(http: httpx.Client, post: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = http.get(f"/v1/posts/{post}")
        if answer.status_code == 200 and answer.json()["state"] == "published":
            return
        time.sleep(0.1)
    raise TimeoutError(answer.text)


def seen(http: httpx.Client, posts: list[str]) -> dict[str, Any]:
    """Return the feed, search results and texts that a user gets after all services have caught up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and lag(http):
        time.sleep(0.1)
    feed = http.get("/v1/feed", params={"sort": "new"}).raise_for_status().json()["items"]
    results = http.get("/v1/search", params={"q": "bread does not rise"}).raise_for_status().json()["items"]
    return {
        "feed": [item["post"] for item in feed],
        "search": [(item["post"]["id"], item["why"]) for item in results],
        "posts": [http.get(f"/v1/posts/{post}").raise_for_status().json()["body"] for post in posts],
    }


def lag(http: httpx.Client) -> int:
    """Return the number of waiting facts, from `/readyz`: `ottit status` would start a process."""
    return sum(part["lag"] for part in http.get("/readyz").json()["parts"].values())
