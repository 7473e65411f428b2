"""The streams of a version without broker accounts are found after an upgrade."""

from pathlib import Path

import orjson
import pytest

from deploy.installation.broker_store import GLOBAL_ACCOUNT, move_streams
from shared.log.provision import differences, provision
from shared.log.streams import BUCKETS, STREAMS
from shared.security.broker_accounts import STREAMS_ACCOUNT
from shared.testing import TestBroker, submitted

pytestmark = pytest.mark.broker


async def test_streams_and_durables_of_an_earlier_version_are_found(broker: TestBroker) -> None:
    post = submitted()
    operator = await broker.connect()
    await operator.jetstream().publish(post.subject, post.encode())
    durable = await operator.jetstream().pull_subscribe_bind("moderation-decide-post", stream="EVENTS")
    await (await durable.fetch(1))[0].ack_sync()
    for declared in (one for one in (*STREAMS, *BUCKETS) if "republish" in one):
        earlier = orjson.dumps({key: value for key, value in declared.items() if key != "republish"})
        assert b"error" not in (await operator.request(f"$JS.API.STREAM.UPDATE.{declared['name']}", earlier)).data
    await operator.close()
    broker.stop()
    as_of_an_earlier_version(broker.folder)
    assert move_streams(broker.folder)
    assert not move_streams(broker.folder), "a second start moves nothing"
    broker.start()
    await assert_complete(broker, post.encode())


def as_of_an_earlier_version(store: Path) -> None:
    """Put the streams where a broker without accounts of its own has them."""
    accounts = store / "jetstream"
    (accounts / STREAMS_ACCOUNT).rename(accounts / GLOBAL_ACCOUNT)


async def assert_complete(broker: TestBroker, stored: bytes) -> None:
    operator = await broker.connect()
    assert (await operator.jetstream().get_msg("EVENTS", seq=1)).data == stored
    assert (await operator.jetstream().consumer_info("EVENTS", "moderation-decide-post")).ack_floor.stream_seq == 1
    assert "EVENTS is as declared" in await provision(operator)  # as every start does
    assert await differences(operator) == []
    await operator.close()
