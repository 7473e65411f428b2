"""An index that cannot be opened says so, and is opened as soon as it can be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.edge_shard import claim, open_shard
from services.embeddings.upkeep import Upkeep
from shared.log.events import Event
from shared.testing import TestBroker
from tests.faults.waiting import until

pytestmark = pytest.mark.broker


@asynccontextmanager
async def kept(broker: TestBroker, folder: Path) -> AsyncIterator[Upkeep]:
    """The upkeep of the index in a folder, which looks often."""

    async def index_post(event: Event) -> None:
        raise AssertionError("there is no post")

    client, index = await broker.connect("embeddings"), EdgeIndex(folder)
    upkeep = Upkeep(index, client, index_post)
    upkeep.start(optimize_from=1000, every_s=0.05)
    yield upkeep
    await upkeep.close()
    await index.close()
    await client.close()


async def test_a_folder_that_another_process_holds_is_waited_for(broker: TestBroker, tmp_path: Path) -> None:
    theirs = claim(tmp_path / "index")
    async with kept(broker, tmp_path / "index") as upkeep:

        async def waits() -> bool:
            return upkeep.state.startswith("BlockingIOError")

        async def well() -> bool:
            return upkeep.state == "ok"

        await until(waits, "the upkeep says that the folder is taken")
        theirs.close()
        await until(well, "the index is there")


async def test_a_shard_that_is_damaged_is_said_to_be(broker: TestBroker, tmp_path: Path) -> None:
    open_shard(tmp_path).close()
    (tmp_path / "edge_config.json").write_text("damaged")
    async with kept(broker, tmp_path) as upkeep:

        async def failed() -> bool:
            return upkeep.state.startswith("failed:")

        await until(failed, "the upkeep says that it has failed")
