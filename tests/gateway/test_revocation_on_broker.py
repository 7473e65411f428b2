"""Tests that revoked sessions and erased keys are gone on all replicas, during reads and after a broker restart."""

import asyncio
from collections.abc import Callable

import pytest
from nats.js.kv import KeyValue

from services.gateway.accounts.sessions import Sessions
from shared.security.data_keys import DataKeyStore, KeyLost
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.waiting import wait_until
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker
# nats-py tolerates a silent watch for 20 s after the reconnection.
SOON_S = 19.0


class Revoking:
    """A bucket that deletes an entry, and reports the deletion, before a read of it returns."""

    def __init__(self, bucket: KeyValue, told: Callable[[str], None]) -> None:
        self._bucket = bucket
        self._told = told

    async def get(self, key: str) -> KeyValue.Entry:
        entry = await self._bucket.get(key)
        await self._bucket.purge(key)
        self._told(key)
        return entry


async def test_a_session_revoked_during_a_read_is_not_cached(gateway: Gateway) -> None:
    operator = await gateway.operator()
    bucket = await operator.jetstream().key_value("SESSIONS")
    secret, _ = await gateway.dependencies.sessions.begin("ada", 1)
    sessions = Sessions(operator, gateway.dependencies.keys)
    sessions._revoked = await operator.jetstream().key_value("REVOKED")
    sessions._bucket = Revoking(bucket, sessions._forget)  # type: ignore[assignment]
    assert await sessions.find(secret) is not None
    sessions._bucket = bucket
    assert await sessions.find(secret) is None


async def test_a_key_deleted_during_a_read_is_not_cached(gateway: Gateway) -> None:
    operator = await gateway.operator()
    bucket = await operator.jetstream().key_value("KEYS")
    await gateway.dependencies.keys.create("ada")
    keys = DataKeyStore(operator, MASTER_KEY)
    keys._bucket = Revoking(bucket, keys._evict)  # type: ignore[assignment]
    await keys.key_of("ada")
    keys._bucket = bucket
    with pytest.raises(KeyLost):  # not `Erased`: the log has no erasure
        await keys.key_of("ada")


async def test_a_session_revoked_after_a_broker_restart_ends_on_all_replicas(broker: TestBroker) -> None:
    client = await broker.connect()
    here = await Sessions.open(client, DataKeyStore(client, MASTER_KEY))
    secret, _ = await here.begin("ada", 1)
    assert await here.find(secret)
    broker.stop(kill=True)
    broker.start()
    other = await broker.connect()
    await (await Sessions.open(other, DataKeyStore(other, MASTER_KEY))).end(secret)

    async def is_over() -> bool:
        return await here.find(secret) is None

    await wait_until(is_over, "the session is over here, too", SOON_S)
    await asyncio.gather(client.close(), other.close())
