"""A rebuild reads a new state from the log beside the serving one and then replaces it."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from nats.aio.client import Client

from shared.log.operator_requests import RebuildReply, ViewState, rebuild_subject, request_all, view_subject
from shared.storage.seal import remove_seal
from shared.testing import TestBroker
from tests.faults.in_process import ranking_app, running
from tests.faults.waiting import wait_until
from tests.ranking.scenario import Scenario
from tests.ranking.test_ranking_on_broker import feed, publish_to_log, until_ranked

pytestmark = pytest.mark.broker


async def rebuild(client: Client) -> None:
    async def there() -> bool:
        return bool(await request_all(client, view_subject("ranking")))

    await wait_until(there, "ranking")
    (answer,) = await request_all(client, rebuild_subject("ranking"))
    assert RebuildReply.model_validate_json(answer).refused == ""

    async def done() -> bool:
        (state,) = [ViewState.model_validate_json(one) for one in await request_all(client, view_subject("ranking"))]
        return not state.building

    await wait_until(done, "the rebuild is done")


async def test_a_wrong_state_is_correct_after_a_rebuild_and_after_a_restart(broker: TestBroker, tmp_path: Path) -> None:
    client, gateway = await broker.connect(), await broker.connect("gateway")
    scenario = Scenario()
    for number in (1, 2):
        scenario.publish(number)
    await publish_to_log(client, scenario)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 2, 1, sort="new")
    file = tmp_path / "ranking" / "board.sqlite"
    with sqlite3.connect(file) as store:
        store.execute("UPDATE post SET listed = 0")
    store.close()
    remove_seal(file)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, sort="new")
        await rebuild(client)
        await until_ranked(gateway, 2, 1, sort="new")
        assert [path.name for path in file.parent.glob("*.sqlite")] == [file.name]
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 2, 1, sort="new")


async def test_feeds_are_answered_during_a_rebuild(broker: TestBroker, tmp_path: Path) -> None:
    client, gateway = await broker.connect(), await broker.connect("gateway")
    scenario = Scenario()
    for number in range(1, 20):
        scenario.publish(number)
    await publish_to_log(client, scenario)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, *range(19, 0, -1), sort="new")
        rebuilding = asyncio.create_task(rebuild(client))
        while not rebuilding.done():
            assert len((await feed(gateway, sort="new")).items) == 19
        await rebuilding


async def test_a_killed_rebuild_leaves_the_old_state(broker: TestBroker, tmp_path: Path) -> None:
    client, gateway = await broker.connect(), await broker.connect("gateway")
    scenario = Scenario()
    scenario.publish(1)
    await publish_to_log(client, scenario)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 1, sort="new")
    unfinished = tmp_path / "ranking" / "board.new.sqlite"
    unfinished.write_bytes(b"half a file")
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 1, sort="new")
        assert not unfinished.exists()
