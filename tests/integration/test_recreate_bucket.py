"""Tests that buckets of earlier versions, which forbid deleting, are recreated with all their entries."""

from pathlib import Path

import orjson
import pytest
from nats.aio.client import Client

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.sessions import Sessions
from shared.log import recreate_bucket
from shared.log.append import Log
from shared.log.provision import differences, provision
from shared.log.streams import BUCKETS
from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY, TestBroker
from tests.bucket_entries import entries
from tests.faults.canary_search import find_canaries

pytestmark = pytest.mark.broker
HANDLE, CANARY = "qzk41c07b", "Qzk41c07b"
ENTRIES = {f"person-{number}": f"value {number}".encode() for number in range(50)}


async def make_old_bucket(operator: Client, name: str) -> None:
    """Replace a bucket by one of an earlier version, with entries and a marker of a removed key."""
    (declared,) = (one for one in BUCKETS if one["name"] == f"KV_{name}")
    await api(operator, f"STREAM.DELETE.{declared['name']}")
    await api(operator, f"STREAM.CREATE.{declared['name']}", declared | {"deny_delete": True})
    bucket = await operator.jetstream().key_value(name)
    for key, value in ENTRIES.items():
        await bucket.put(key, value)
    await bucket.put("gone", b"gone")
    await bucket.purge("gone")


async def api(operator: Client, method: str, body: object = None) -> None:
    payload = orjson.dumps(body) if body else b""
    answer = orjson.loads((await operator.request(f"$JS.API.{method}", payload)).data)
    assert "error" not in answer, answer


@pytest.mark.parametrize("crash_at_call", range(1, 7))
async def test_an_interrupted_move_loses_nothing(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch, crash_at_call: int
) -> None:
    operator = await broker.connect()
    await make_old_bucket(operator, "ACCOUNTS")
    calls = 0
    copy = recreate_bucket._copy

    async def crashing(*given: str) -> None:
        nonlocal calls
        calls += 1
        if calls == (crash_at_call + 1) // 2:
            if crash_at_call % 2:
                raise ConnectionError
            await copy(*given)  # type: ignore[arg-type]
            raise ConnectionError
        await copy(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(recreate_bucket, "_copy", crashing)
        if crash_at_call <= 4:
            with pytest.raises(ConnectionError):
                await provision(operator)
    await provision(operator)
    assert await differences(operator) == []
    assert await entries(operator, "ACCOUNTS") == ENTRIES
    assert await provision(operator) == []
    await operator.close()


async def test_an_erased_handle_and_the_names_of_tokens_leave_the_files(broker: TestBroker, tmp_path: Path) -> None:
    operator = await broker.connect()
    keys, log = await DataKeyStore.open(operator, MASTER_KEY), Log(operator)
    accounts, sessions = await AccountCommands.open(operator, keys, log), await Sessions.open(operator, keys)
    user_id = (await accounts.create(HANDLE, "a long enough password")).user_id
    assert any(found.encoding == "as written" for found in find_canaries([broker.folder], CANARY))
    await sessions.mint(user_id, f"{CANARY} script", ("see_me",), 5)
    assert [one.name for one in await sessions.of(user_id)] == [f"{CANARY} script"]
    await sessions.end_all(user_id)
    assert await sessions.of(user_id) == []
    await accounts.forget(user_id)
    assert find_canaries([broker.folder], CANARY) == []
    await sessions.close()
    await keys.close()
    await operator.close()
