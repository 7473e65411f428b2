"""Index maintenance reports an index that cannot be opened, and opens it as soon as it can be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.qdrant_edge_shard import lock_folder, open_shard
from services.embeddings.index_maintenance import IndexMaintenance
from shared.log.events import Event
from shared.testing import TestBroker
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


@asynccontextmanager
async def maintained(broker: TestBroker, folder: Path) -> AsyncIterator[IndexMaintenance]:
    """Maintain the index in a folder, with frequent checks."""

    async def index_post(event: Event) -> None:
        raise AssertionError("there is no post")

    client, index = await broker.connect("embeddings"), EdgeIndex(folder)
    maintenance = IndexMaintenance(index, client, index_post)
    maintenance.start(optimize_from=1000, every_s=0.05)
    yield maintenance
    await maintenance.close()
    await index.close()
    await client.close()


async def test_a_folder_locked_by_another_process_is_waited_for(broker: TestBroker, tmp_path: Path) -> None:
    lock = lock_folder(tmp_path / "index")
    async with maintained(broker, tmp_path / "index") as maintenance:

        async def waits() -> bool:
            return maintenance.state.startswith("BlockingIOError")

        async def is_ok() -> bool:
            return maintenance.state == "ok"

        await wait_until(waits, "maintenance reports that the folder is locked")
        lock.close()
        await wait_until(is_ok, "the index is open")


async def test_a_damaged_shard_is_built_again(broker: TestBroker, tmp_path: Path) -> None:
    open_shard(tmp_path).close()
    (tmp_path / "edge_config.json").write_text("damaged")
    async with maintained(broker, tmp_path) as maintenance:

        async def is_ok() -> bool:
            return maintenance.state == "ok"

        await wait_until(is_ok, "the index is built")
