"""Index maintenance compares the index with the log by itself, and repairs what differs."""

from dataclasses import replace
from pathlib import Path

import pytest
import qdrant_edge as edge

from services.embeddings import index_maintenance
from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.qdrant_edge_translation import edge_point
from services.embeddings.index_differences import Differences
from services.embeddings.index_maintenance import IndexMaintenance
from shared.log.streams import INDEX_POST
from shared.testing import TestBroker
from tests.embeddings.conftest import a_post
from tests.faults.in_process import embeddings_app, open_scenario, running
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


async def test_missing_extra_and_stale_points_are_repaired(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []
    reconcile = IndexMaintenance.reconcile

    async def recorded(maintenance: IndexMaintenance) -> Differences | None:
        found = await reconcile(maintenance)
        if found is not None:
            reports.append(str(found))
        return found

    monkeypatch.setattr(IndexMaintenance, "reconcile", recorded)
    monkeypatch.setattr(index_maintenance, "RECONCILE_AFTER_S", 0.2)
    monkeypatch.setattr(index_maintenance, "RECONCILE_EVERY_S", 0.2)
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):

        async def ready() -> bool:
            return (await here.health("embeddings")).ready

        await wait_until(ready, "embeddings")
        await here.published(3)
        await here.wait_until_idle(INDEX_POST)
        right = await index.digest()
        lost, outdated = [post_id for post_id, point in (await index.stored()).items() if point.is_live][:2]
        extra, old = a_post(1), replace(a_post(1), post_id=outdated)

        def damage() -> dict[str, int]:
            index._open_shard.update(edge.UpdateOperation.delete_points([lost]))
            index._write([edge_point(point, index.words) for point in (extra, old)])
            return index._sequences([lost, outdated, extra.post_id])

        assert await index._in_worker(damage) == {outdated: 1, extra.post_id: 1}

        async def repaired_and_checked_again() -> bool:
            return "1 missing, 1 extra, 1 stale" in reports and reports[-1] == ""

        await wait_until(repaired_and_checked_again, "a check repairs the index, and the next finds nothing")
        assert [report for report in reports if report] == ["1 missing, 1 extra, 1 stale"]
        assert await index.digest() == right
        assert not (await index.stored())[extra.post_id].is_live
        assert (await here.health("embeddings")).ready
