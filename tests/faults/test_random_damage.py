"""Damages random derived files of a stopped installation: it starts with the same content."""

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults.waiting import wait_until
from tests.running_installation import RunningInstallation, running_installation

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

FOLDERS = ("gateway", "ranking", "embeddings")
# The index has a hundred files; without weights the few of the others would hardly ever be damaged.
WEIGHTS = {"gateway": 20.0, "ranking": 30.0, "embeddings": 1.0}
SEEDS = 6


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """Yield an installation with posts."""
    with running_installation(tmp_path_factory.mktemp("damaged") / "data") as running:
        assert running.ottit("demo").returncode == 0
        yield running


def get(installation: RunningInstallation, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{installation.url}{path}", timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def post_id(item: dict[str, Any]) -> str:
    return str(item.get("post", item)["id"])


def content(installation: RunningInstallation) -> tuple[list[str], list[str]]:
    """Return the ids of the newest posts and of those that a search finds."""
    feed, hits = get(installation, "/v1/feed?sort=new&limit=50"), get(installation, "/v1/search?q=tomatoes")
    return [post_id(item) for item in feed["items"]], sorted(post_id(item) for item in hits["items"])


def damage(data: Path, source: Random) -> list[str]:
    """Damage one to three files and describe it."""
    files = [file for name in FOLDERS for file in sorted((data / name).rglob("*")) if file.is_file()]
    files = [file for file in files if file.stat().st_size]
    weights = [WEIGHTS[file.relative_to(data).parts[0]] for file in files]
    done = []
    for file in dict.fromkeys(source.choices(files, weights, k=source.randint(1, 3))):
        how = source.choice(["bit", "bytes", "truncated", "deleted", "text"])
        with file.open("r+b") as opened:
            size = file.stat().st_size
            if how in ("bit", "bytes"):
                for _ in range(1 if how == "bit" else 64):
                    at = source.randrange(size)
                    opened.seek(at)
                    changed = opened.read(1)[0] ^ (1 << source.randrange(8))
                    opened.seek(at)
                    opened.write(bytes([changed]))
            elif how == "truncated":
                opened.truncate(source.randrange(size))
        if how == "deleted":
            file.unlink()
        elif how == "text":
            file.write_text("this was derived state\n" * 100)
        done.append(f"{how}: {file.relative_to(data)}")
    return done


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_damaged_derived_files_heal(installation: RunningInstallation, seed: int) -> None:
    source = Random(seed)
    right = content(installation)
    installation.stop(signal.SIGINT)
    done = damage(installation.data, source)
    print(f"seed {seed}:", *done, sep="\n  ")
    installation.start()

    async def is_right() -> bool:
        try:
            return content(installation) == right
        except OSError:  # it is starting
            return False

    await wait_until(is_right, f"the same posts after {done}")
