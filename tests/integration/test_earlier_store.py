"""The streams of a version without broker accounts are found after an upgrade."""

import subprocess
from pathlib import Path

import orjson
import pytest

from deploy.installation.broker_store import GLOBAL_ACCOUNT, move_streams
from deploy.installation.settings import ROOT
from shared.log.provision import differences, provision
from shared.log.streams import BUCKETS, STREAMS
from shared.security.broker_accounts import STREAMS_ACCOUNT
from shared.testing import TestBroker, submitted

pytestmark = pytest.mark.broker
SCRIPT = ROOT / "deploy" / "nats" / "move-streams.sh"


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


@pytest.mark.parametrize(("clustered", "code"), [(False, 0), (True, 1)])
def test_a_container_moves_the_streams_of_one_node_and_refuses_those_of_a_cluster(
    tmp_path: Path, clustered: bool, code: int
) -> None:
    accounts = tmp_path / "jetstream"
    (accounts / GLOBAL_ACCOUNT / "streams" / "EVENTS").mkdir(parents=True)
    if clustered:
        (accounts / "$SYS" / "_js_").mkdir(parents=True)
    for _ in range(2):  # the second start finds the same
        ended = subprocess.run(["sh", str(SCRIPT), str(accounts)], capture_output=True, text=True, check=False)
        assert ended.returncode == code
        assert ("ottit backup" in ended.stdout) == clustered
        owner = GLOBAL_ACCOUNT if clustered else STREAMS_ACCOUNT
        assert [path.parent.parent.name for path in accounts.glob("*/streams/EVENTS")] == [owner]


def test_a_container_starts_without_earlier_streams(tmp_path: Path) -> None:
    subprocess.run(["sh", str(SCRIPT), str(tmp_path / "jetstream")], check=True)
    assert list(tmp_path.iterdir()) == []
