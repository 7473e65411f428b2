"""What is revoked or erased is over everywhere, also where it was being read, and behind a restart of the broker."""

import asyncio
from collections.abc import Callable

import pytest
from nats.js.kv import KeyValue

from services.gateway.accounts.sessions import Sessions
from shared.security.data_keys import DataKeyStore, Erased
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.waiting import wait_until
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker
# nats-py's own patience with a silent watch is 20 s, and it begins when the connection is there again.
SOON_S = 19.0


class Revoking:
    """A bucket in which an entry is deleted, and its deletion told, while the answer to a read is on its way."""

    def __init__(self, bucket: KeyValue, told: Callable[[str], None]) -> None:
        self._bucket = bucket
        self._told = told

    async def get(self, key: str) -> KeyValue.Entry:
        entry = await self._bucket.get(key)
        await self._bucket.purge(key)
        self._told(key)
        return entry


async def test_a_session_revoked_while_it_was_read_is_over(gateway: Gateway) -> None:
    operator = await gateway.operator()
    bucket = await operator.jetstream().key_value("SESSIONS")
    secret, _ = await gateway.dependencies.sessions.begin("ada", 1)
    sessions = Sessions(operator)
    sessions._bucket = Revoking(bucket, sessions._forget)  # type: ignore[assignment]
    assert await sessions.find(secret) is not None
    sessions._bucket = bucket
    assert await sessions.find(secret) is None


async def test_a_key_deleted_while_it_was_read_is_gone(gateway: Gateway) -> None:
    operator = await gateway.operator()
    bucket = await operator.jetstream().key_value("KEYS")
    await gateway.dependencies.keys.create("ada")
    keys = DataKeyStore(operator, MASTER_KEY)
    keys._bucket = Revoking(bucket, keys._evict)  # type: ignore[assignment]
    await keys.key_of("ada")
    keys._bucket = bucket
    with pytest.raises(Erased):
        await keys.key_of("ada")


async def test_a_session_revoked_after_a_restart_of_the_broker_is_over_everywhere(broker: TestBroker) -> None:
    client = await broker.connect()
    here = await Sessions.open(client)
    secret, _ = await here.begin("ada", 1)
    assert await here.find(secret)
    broker.stop(kill=True)
    broker.start()
    other = await broker.connect()
    await (await Sessions.open(other)).end(secret)

    async def is_over() -> bool:
        return await here.find(secret) is None

    await wait_until(is_over, "the session is over here, too", SOON_S)
    await asyncio.gather(client.close(), other.close())
