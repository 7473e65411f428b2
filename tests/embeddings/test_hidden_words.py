"""Tests that the index can match words without storing one."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.qdrant_edge_shard import delete_other_indexes
from services.embeddings.app import open_index
from services.embeddings.domain import SearchFilter
from services.embeddings.settings import Settings
from shared.testing import MASTER_KEY
from tests.embeddings.conftest import a_post, an_id, prepared
from tests.faults.canary_search import find_canaries

CANARY = "Qzk41c07b"


def test_hashes_depend_on_the_key() -> None:
    one, other = HiddenWords(b"one"), HiddenWords(b"other")
    assert one.text(["dry", "stone"]) == one.text(["dry", "stone"])
    assert one.text(["dry"]) != other.text(["dry"])
    assert one.name != other.name
    assert one.terms({"dry": 1.0, "stone": 2.0}) != other.terms({"dry": 1.0, "stone": 2.0})
    assert one.title("") == ""


async def test_words_phrases_and_titles_are_found_although_no_file_contains_them(tmp_path: Path) -> None:
    index = await prepared(EdgeIndex(tmp_path / "posts-now", HiddenWords(b"key")))
    await index.upsert([a_post(1, title=f"A {CANARY} wall", body=f"built of {CANARY} stones"), a_post(2)])
    for text in (CANARY, f'"of {CANARY} stones"', f"a {CANARY} wall"):
        assert [hit.post_id for hit in await index.search(None, text, SearchFilter(), 5)] == [an_id(1)], text
    await index.close()
    assert find_canaries([tmp_path], CANARY) == []


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1"], ids=["embedded", "server"])
def test_a_start_leaves_no_index_of_earlier_layouts_and_no_unfinished_rebuild(tmp_path: Path, url: str) -> None:
    folders = [tmp_path / "embeddings" / name for name in ("posts-2-earlier", "posts-3-now.new", "posts-1")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "payload.dat").write_text(CANARY)
    settings = Settings(
        broker_url="nats://127.0.0.1:1",
        broker_password=SecretStr("unused"),
        master_key=SecretStr(MASTER_KEY),
        data_dir=tmp_path,
        qdrant_url=url,
    )
    open_index(settings)
    assert not [folder for folder in folders if folder.exists()]


def test_indexes_of_earlier_versions_are_deleted(tmp_path: Path) -> None:
    old, now, foreign = (tmp_path / name for name in ("posts-2-minilm", "posts-3-minilm-1", "other"))
    for folder in (old, now, foreign):
        folder.mkdir()
        (folder / "words").write_text(CANARY)
    delete_other_indexes(now, "posts-")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["other", "posts-3-minilm-1"]
