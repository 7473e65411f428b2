"""E21: a lost index is rebuilt from the log."""

import shutil
from pathlib import Path

import pytest

from shared.log.append import Log
from shared.testing import TestBroker, withdrawn
from tests.faults.in_process import Scenario, embeddings_app, open_scenario, running
from tests.faults.invariants import index_is_published, published
from tests.faults.stored_state import StoredKeys, expected_points, indexed_points
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker

POSTS = 40


@pytest.mark.injects("E21", invariants="I7")
async def test_an_index_deleted_while_the_service_was_stopped_is_rebuilt(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here:
        async with running(embeddings_app(broker, tmp_path)):
            posts = await here.published(POSTS)
            await wait_until(lambda: is_idle(here), "a built index")
        shutil.rmtree(tmp_path / "embeddings")
        decisions = published(await here.facts())
        await Log(here.operator).append(withdrawn(posts[0]), after=decisions[posts[0].entity_id].sequence)
        await here.edit(posts[1], decisions[posts[1].entity_id], "no longer as it was")
        await here.published(POSTS)
        async with running(embeddings_app(broker, tmp_path)):
            await wait_until(lambda: is_idle(here), "a rebuilt index")
        expected = await expected_points(await here.facts(), StoredKeys(here.keys))
        assert len(expected) == 2 * POSTS - 2
        assert index_is_published(expected, *await indexed_points(tmp_path, list(expected))) == []


async def is_idle(here: Scenario) -> bool:
    health = await here.health("embeddings")
    return health.ready and not health.lag
