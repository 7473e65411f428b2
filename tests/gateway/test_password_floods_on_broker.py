"""Tests of very many sign-ins at once, from as many addresses: each takes as long as 64 MiB of hashing."""

import asyncio
from collections import Counter
from threading import Event
from unittest.mock import patch

import httpx
import pytest

from services.gateway.accounts import password_hashing
from services.gateway.accounts.password_hashing import MOST_WAITING
from services.gateway.accounts.shared_guesses import GUESSES
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.gateway.conftest import PASSWORD, Gateway

pytestmark = pytest.mark.broker


async def test_a_flood_of_sign_ins_is_refused_at_once_and_locks_nobody_out(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await gateway.person("ben")
    verify, release = password_hashing._matches, Event()

    def slowly(stored: str, password: str) -> bool:
        return release.wait(TIMEOUT_S) and verify(stored, password)

    async def all_wait() -> bool:
        return gateway.dependencies.accounts.hashing.waiting == MOST_WAITING

    def sign_in(http: httpx.AsyncClient, handle: str, password: str) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(http.post("/v1/sessions", json={"handle": handle, "password": password}))

    with patch.object(password_hashing, "_matches", slowly):
        waiting = [sign_in(gateway.visitor(), f"nobody-{number}", "a guess") for number in range(MOST_WAITING)]
        await wait_until(all_wait, "the sign-ins that wait")
        refused = [await sign_in(gateway.visitor(), "ben", "a guess") for _ in range(GUESSES + 1)]
        own = sign_in(ada.http, "ada", PASSWORD)
        release.set()
        answers = await asyncio.gather(*waiting)
        assert (await own).status_code == 201
    assert Counter(answer.json()["code"] for answer in answers) == {"wrong_credentials": MOST_WAITING}
    assert Counter((one.status_code, one.json()["code"]) for one in refused) == {(503, "overloaded"): GUESSES + 1}
    assert all("retry-after" in one.headers for one in refused)
    assert (await sign_in(gateway.visitor(), "ben", PASSWORD)).status_code == 201
