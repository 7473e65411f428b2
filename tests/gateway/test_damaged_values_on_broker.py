"""A damaged value in a bucket affects nobody but its owner, and no request ends with a 500."""

import pytest

from shared.security.data_keys import DataKeyStore, KeyLost
from shared.testing import MASTER_KEY
from tests.gateway.conftest import PASSWORD, Gateway
from tests.gateway.test_accounts_on_broker import erase

pytestmark = pytest.mark.broker

DAMAGED = [b"", b"{", b"[]", b'{"id": 5}', b"\xff\x00", b"null"]


@pytest.mark.parametrize("value", DAMAGED)
async def test_damaged_credentials_and_sessions_open_nothing(gateway: Gateway, value: bytes) -> None:
    ada = await gateway.person("ada")
    stream = gateway.dependencies.broker.jetstream()
    sessions = await stream.key_value("SESSIONS")
    await sessions.put(f"of.{ada.id}.damaged", value)
    assert (await ada.http.get("/v1/tokens")).status_code == 200
    await (await stream.key_value("ACCOUNTS")).put("ada", value)
    refused = await ada.http.post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    assert refused.status_code == 401
    assert await erase(ada) == 403  # the password cannot be checked


async def test_a_damaged_data_key_is_no_wrong_master_key(gateway: Gateway) -> None:
    keys = await gateway.dependencies.broker.jetstream().key_value("KEYS")
    await gateway.person("ada")
    store = await DataKeyStore.open(gateway.dependencies.broker, MASTER_KEY)
    for user_id, stored in (("short", b"x"), ("empty", b"")):
        await keys.put(user_id, stored)
        with pytest.raises(KeyLost):
            await store.key_of(user_id)
    await store.close()
