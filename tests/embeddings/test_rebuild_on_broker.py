"""A rebuild from the log replaces the serving index; an index of another log is cleared and rebuilt."""

import asyncio
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.domain import IndexUnavailable, SearchFilter
from shared.log.operator_requests import RebuildReply, ViewState, rebuild_subject, request_all, view_subject
from shared.log.provision import provision
from shared.log.streams import INDEX_POST
from shared.testing import TestBroker
from tests.embeddings.conftest import a_post
from tests.faults.in_process import AUTHOR, Scenario, embeddings_app, open_scenario, running
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.long]
VIEW = view_subject("embeddings")


async def rebuild(here: Scenario) -> None:
    (answer,) = await request_all(here.operator, rebuild_subject("embeddings"))
    assert RebuildReply.model_validate_json(answer).refused == ""

    async def done() -> bool:
        (state,) = [ViewState.model_validate_json(one) for one in await request_all(here.operator, VIEW)]
        return not state.building

    await wait_until(done, "the rebuild is done")


async def is_ready(here: Scenario) -> bool:
    return (await here.health("embeddings")).ready


async def test_after_a_rebuild_under_load_the_index_equals_the_log(broker: TestBroker, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await wait_until(lambda: is_ready(here), "embeddings")
        await here.published(20)
        await here.wait_until_idle(INDEX_POST)
        right = await index.digest()
        stranger = a_post(7)
        await index.upsert([stranger])
        assert await index.digest() != right
        writing = asyncio.create_task(here.published(10))
        await rebuild(here)
        await writing
        await here.wait_until_idle(INDEX_POST)
        assert await index.count() == 30
        assert stranger.post_id not in await index.vectors([stranger.post_id])
        assert len(await index.search(None, "roses", SearchFilter(), 50)) == 30
        assert not index.folder.with_name("index.new").exists()


async def test_a_rebuild_without_a_lost_key_keeps_the_serving_index(broker: TestBroker, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await wait_until(lambda: is_ready(here), "embeddings")
        await here.published(2)
        await here.wait_until_idle(INDEX_POST)
        right, keys = await index.digest(), await here.operator.jetstream().key_value("KEYS")
        wrapped = (await keys.get(AUTHOR)).value or b""
        await keys.purge(AUTHOR)  # no erasure is in the log
        await request_all(here.operator, rebuild_subject("embeddings"))

        async def refused() -> bool:
            (state,) = [ViewState.model_validate_json(one) for one in await request_all(here.operator, VIEW)]
            return "RebuildRefused" in state.building

        await wait_until(refused, "the rebuild is refused")
        assert await index.digest() == right
        assert "data keys of 1 users are lost" in (await here.health("embeddings")).parts["keys"]
        await keys.put(AUTHOR, wrapped)
        await rebuild(here)
        assert await index.digest() == right


async def test_a_damaged_index_is_built_again_by_itself(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    async with open_scenario(broker) as here:
        async with running(embeddings_app(broker, tmp_path, EdgeIndex(folder))):
            await wait_until(lambda: is_ready(here), "embeddings")
            await here.published(3)
            await here.wait_until_idle(INDEX_POST)
        (folder / "edge_config.json").write_text("damaged")
        index = EdgeIndex(folder)
        async with running(embeddings_app(broker, tmp_path, index)):
            await wait_until(lambda: is_ready(here), "embeddings with a new index")
            assert await index.count() == 3


async def test_an_index_emptied_while_it_runs_is_built_again_and_reported(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await wait_until(lambda: is_ready(here), "embeddings")
        await here.published(3)
        await here.wait_until_idle(INDEX_POST)
        right = await index.digest()

        def fail() -> None:
            raise Exception("Service runtime error")

        with monkeypatch.context() as patched:
            patched.setattr("services.embeddings.adapters.qdrant_edge_folder._damage", lambda _: "a page is lost")
            with pytest.raises(IndexUnavailable):
                await index._in_worker(fail)
        assert "damaged" in (await here.health("embeddings")).parts["index"]
        await wait_until(lambda: is_ready(here), "embeddings with a new index")
        assert await index.digest() == right


async def test_an_index_of_another_log_is_cleared_and_rebuilt(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here:
        async with running(embeddings_app(broker, tmp_path, EdgeIndex(tmp_path / "index"))):
            await wait_until(lambda: is_ready(here), "embeddings")
            await here.published(3)
            await here.wait_until_idle(INDEX_POST)
        await here.operator.jsm().delete_stream("EVENTS")
    async with open_scenario(broker) as here:
        await provision(here.operator)
        index = EdgeIndex(tmp_path / "index")
        async with running(embeddings_app(broker, tmp_path, index)):
            await wait_until(lambda: is_ready(here), "embeddings")
            assert await index.count() == 0
            await here.published(2)
            await here.wait_until_idle(INDEX_POST)
            assert await index.count() == 2
