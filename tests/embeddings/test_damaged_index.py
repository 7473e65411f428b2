"""The index folder × every damage: what is served afterwards is whole, or empty to be built from the log again."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.qdrant_edge_folder import IndexEmptied
from services.embeddings.domain import IndexUnavailable, SearchFilter
from shared.storage.seal import remove_seal, seal_of
from tests.embeddings.conftest import a_post, prepared

POSTS = 20


async def built(folder: Path) -> str:
    """Build an index, close it in order, and return its digest."""
    index = await prepared(EdgeIndex(folder))
    await index.upsert([a_post(number) for number in range(1, POSTS + 1)])
    found = await index.digest()
    await index.close()
    return found


def damage(file: Path, how: str, source: Random) -> None:
    content = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
    elif how == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    else:
        content[source.randrange(len(content))] ^= 1 << source.randrange(8)
        file.write_bytes(content)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for a built index, shared by the tests of this file."""
    return tmp_path_factory.mktemp("whole") / "index"


def copy_sparse(whole: Path, target: Path) -> list[Path]:
    """Copy the folder and its seal, without writing its 200 MB of zeros out; return its files that are not empty."""
    subprocess.run(["cp", "-r", "--sparse=always", whole, target], check=True)
    shutil.copy(seal_of(whole), seal_of(target))
    return [one for one in sorted(target.rglob("*")) if one.is_file() and one.stat().st_size]


async def copied(whole: Path, target: Path) -> tuple[str, list[Path]]:
    """Copy the built index; return its digest and its files that are not empty."""
    known = whole.with_name("digest")
    if not known.exists():
        known.write_text(await built(whole))
    return known.read_text(), copy_sparse(whole, target)


@pytest.mark.parametrize("how", ["one bit", "truncated", "missing", "a folder"])
@pytest.mark.parametrize("seed", range(2))
async def test_a_changed_file_is_noticed_after_a_stop(whole: Path, tmp_path: Path, how: str, seed: int) -> None:
    source = Random(f"{how} {seed}")
    _, files = await copied(whole, tmp_path / "index")
    damage(source.choice(files), how, source)
    index = await prepared(EdgeIndex(tmp_path / "index"))
    assert await index.count() == 0, "an empty index is built from the log by its maintenance"
    await index.upsert([a_post(1)])
    assert await index.count() == 1
    await index.close()


async def test_an_undamaged_index_is_kept_after_a_stop_and_after_a_crash(whole: Path, tmp_path: Path) -> None:
    right, _ = await copied(whole, tmp_path / "index")
    for _ in range(2):
        index = await prepared(EdgeIndex(tmp_path / "index"))
        assert await index.digest() == right
        await index.close()
        remove_seal(tmp_path / "index")


@pytest.mark.parametrize("seed", range(6))
async def test_an_index_damaged_in_a_crash_never_stops_the_process(whole: Path, tmp_path: Path, seed: int) -> None:
    source = Random(seed)
    _, files = await copied(whole, tmp_path / "index")
    remove_seal(tmp_path / "index")
    damage(source.choice(files), source.choice(["one bit", "missing", "truncated", "a folder"]), source)
    index = await prepared(EdgeIndex(tmp_path / "index"))
    for _ in range(2):
        try:
            await index.search(a_post(3).vector, a_post(3).title, SearchFilter(), 5)
            await index.upsert([a_post(50)])
        except IndexUnavailable:
            continue
    await index.close()


async def test_a_process_that_crashed_at_the_opening_is_not_followed_by_another(whole: Path, tmp_path: Path) -> None:
    await copied(whole, tmp_path / "index")
    (tmp_path / "index.opening").write_text("")
    index = await prepared(EdgeIndex(tmp_path / "index"))
    assert await index.count() == 0
    await index.close()
    assert not (tmp_path / "index.opening").exists()


async def test_an_index_that_fails_while_it_runs_is_emptied_only_if_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = EdgeIndex(tmp_path / "index")
    await index.prepare()
    await index.upsert([a_post(number) for number in range(1, POSTS + 1)])

    def fail() -> None:
        raise Exception("Service runtime error")

    with pytest.raises(IndexUnavailable, match="Service runtime error"):
        await index._in_worker(fail)
    assert (await index.count(), index.emptied) == (POSTS, False)
    monkeypatch.setattr("services.embeddings.adapters.qdrant_edge_folder._damage", lambda _: "a page is lost")
    with pytest.raises(IndexEmptied):
        await index._in_worker(fail)
    assert (await index.count(), index.emptied) == (0, True)
    await index.close()


def test_a_file_in_the_place_of_the_folder_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("not a folder")
    asyncio.run(built(tmp_path / "index"))
    assert list(tmp_path.glob("index.damaged-*"))
