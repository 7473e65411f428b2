"""Three gateways on one broker limit together: rates, bytes, guesses and challenges count wherever they are used."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import orjson
import pytest
import pytest_asyncio
from nats.aio.msg import Msg

from services.gateway import dependencies
from services.gateway.accounts.guess_limits import GuessLimits
from services.gateway.accounts.shared_guesses import GUESSES, SharedGuesses
from services.gateway.http.use_counts import UseCounts
from shared.problems import TooManyRequests
from shared.security.capabilities import CAPABILITIES
from shared.security.permissions import USES
from shared.testing import TestBroker
from tests.faults.waiting import wait_until
from tests.gateway.conftest import BASE, PASSWORD, Gateway, Person, running_gateway

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
POSTS = CAPABILITIES["submit_post"].per_minute


@pytest.fixture(scope="module")
def broker(module_broker: TestBroker) -> TestBroker:
    """One broker for all tests of this file."""
    return module_broker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateways(broker: TestBroker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Gateway]]:
    """Three gateways that know each other, with the product's rates, in a minute that does not end."""
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(at(30.0, broker, tmp_path_factory.mktemp(name))) for name in "abc"]
        await started[0].community()
        await know_each_other(started)
        yield started


@asynccontextmanager
async def at(now: float, broker: TestBroker, folder: Path) -> AsyncIterator[Gateway]:
    """Run a gateway whose counts have this time from its start on: they would forget what they were told at another."""
    with patch.object(dependencies, "UseCounts", partial(UseCounts, clock=lambda: now)):
        built = running_gateway(broker, folder, rate_scale=1)
        running = await built.__aenter__()
    try:
        yield running
    finally:
        await built.__aexit__(None, None, None)


async def know_each_other(gateways: list[Gateway]) -> None:
    async def known() -> bool:
        return all(one.dependencies.uses.replicas == len(gateways) - 1 for one in gateways)

    await wait_until(known, "each gateway knows the others")


async def at_each(gateways: list[Gateway], person: Person) -> list[Person]:
    """Return the person with their session at each gateway, once each knows the person and the community."""
    people = []
    for gateway in gateways:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway.app), base_url=BASE, headers=person.http.headers,
            cookies=person.http.cookies,
        )  # fmt: skip
        people.append(Person(person.id, person.handle, http))
        await wait_until(partial(_knows, gateway, person.id), "the gateway knows the person and the community")
    return people


async def _knows(gateway: Gateway, user_id: str) -> bool:
    parts = gateway.dependencies
    return parts.account_queries.user_by_id(user_id) is not None and parts.community_queries.exists("garden")


def used(gateway: Gateway, what: str, who: str) -> int:
    return gateway.dependencies.uses.counts.add(what, who, 0, 10**9)


async def all_count(gateways: list[Gateway], what: str, who: str, amount: int) -> None:
    async def counted() -> bool:
        return all(used(one, what, who) == amount for one in gateways)

    await wait_until(counted, f"each gateway counts {amount} {what}")


async def test_posts_over_three_gateways_have_the_allowance_of_one(gateways: list[Gateway]) -> None:
    ada = await at_each(gateways, await gateways[0].person("ada"))
    answers = []
    for sent in range(6, 2 * POSTS, 6):
        for _ in range(2):
            answers += [answer.status_code for answer in await asyncio.gather(*(one.submit() for one in ada))]
        await all_count(gateways, "submit_post", ada[0].id, sent)
    assert POSTS <= answers.count(202) < POSTS + 6
    assert set(answers) == {202, 429}


async def test_a_text_that_its_normal_form_makes_long_costs_as_much_at_every_gateway(gateways: list[Gateway]) -> None:
    ada = await at_each(gateways, await gateways[0].person("ann"))
    bob = await at_each(gateways, await gateways[0].person("bob"))
    assert (await ada[0].submit(body="\ufdfa" * 40_000)).status_code == 202

    async def is_counted() -> bool:
        return used(gateways[1], "bytes of a user", ada[0].id) > 240_000

    await wait_until(is_counted, "the other gateway counts the text")
    refused = await ada[1].submit(body="\ufdfa" * 40_000)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_bytes")
    assert (await bob[1].submit(body="x" * 40_000)).status_code == 202


async def test_a_gateway_that_starts_later_counts_what_was_used_before(
    broker: TestBroker, gateways: list[Gateway], tmp_path: Path
) -> None:
    cid = await at_each(gateways, await gateways[0].person("cid"))
    for _ in range(4):
        await cid[0].submit()
    await cid[1].submit()
    await cid[1].submit()
    await all_count(gateways, "submit_post", cid[0].id, 6)
    async with at(90.0, broker, tmp_path / "late") as late:  # its clock is a minute ahead of the others
        await know_each_other([late, gateways[0], gateways[1], gateways[2]])
        await all_count([late], "submit_post", cid[0].id, 6)


async def test_wrong_guesses_over_three_gateways_stop_strangers_and_not_the_owner(gateways: list[Gateway]) -> None:
    dan = await at_each(gateways, await gateways[0].person("dan"))
    guess, right = {"handle": "dan", "password": "wrong guess"}, {"handle": "dan", "password": PASSWORD}
    # From different addresses, so that only the account's own limit counts.
    strangers = [
        await gateways[number % 3].visitor(f"10.0.0.{number}").post("/v1/sessions", json=guess)
        for number in range(2 * GUESSES)
    ]
    assert [answer.status_code for answer in strangers] == [401] * GUESSES + [429] * GUESSES
    assert {answer.json()["code"] for answer in strangers[GUESSES:]} == {"too_many_guesses"}
    assert (await gateways[2].visitor("10.0.1.1").post("/v1/sessions", json=right)).status_code == 429
    back = await dan[2].http.post("/v1/sessions", json=right)
    assert back.status_code == 201
    assert back.json()["guessed_at"]


async def test_right_passwords_at_every_gateway_never_use_the_guesses_up(gateways: list[Gateway]) -> None:
    await at_each(gateways, await gateways[0].person("eve"))
    right = {"handle": "eve", "password": PASSWORD}
    for number in range(GUESSES + 2):
        visitor = gateways[number % 3].visitor(f"10.0.2.{number}")
        assert (await visitor.post("/v1/sessions", json=right)).status_code == 201


async def test_without_the_broker_a_gateway_limits_guesses_alone(broker: TestBroker) -> None:
    lost = await broker.connect("gateway")
    await lost.close()
    limits = GuessLimits(SharedGuesses(lost, bytes(32)))
    last = [await limits.is_last(await limits.take("fay")) for _ in range(GUESSES)]
    assert last == [False] * (GUESSES - 1) + [True]
    with pytest.raises(TooManyRequests):
        await limits.take("fay")


async def test_a_challenge_that_one_gateway_has_taken_is_used_at_all(gateways: list[Gateway]) -> None:
    http = gateways[0].visitor("10.0.3.1")
    await http.post("/v1/passkeys/options")
    challenge = http.cookies["ottit_challenge"]
    codes = []
    for gateway in (gateways[1], *gateways):
        other = gateway.visitor("10.0.3.2")
        other.cookies.set("ottit_challenge", challenge)
        answer = await other.post("/v1/sessions/passkey", json={"credential": {}})
        codes.append(answer.json()["code"])
    assert codes == ["passkey_unknown"] + ["challenge_expired"] * 3


async def test_messages_show_no_address_and_nobody_else_hears_or_sends_them(
    broker: TestBroker, gateways: list[Gateway]
) -> None:
    heard: list[bytes] = []
    overheard: list[bytes] = []
    inside = await broker.connect("gateway")
    await inside.subscribe(USES, cb=_collect(heard))
    outside = [await broker.connect(name, error_cb=_ignored) for name in ("ranking", "operator")]
    forged = orjson.dumps({"sender": "forger", "uses": {"00" * 12: 10**6}})
    for client in outside:
        await client.subscribe(USES, cb=_collect(overheard))
        await client.publish(USES, forged)
    await inside.publish(USES, b"no message of this version")
    gus = await at_each(gateways, await gateways[0].person("gus"))
    for _ in range(3):
        await gus[0].submit()
    await all_count(gateways, "submit_post", gus[0].id, 3)
    assert forged not in heard
    assert set(overheard) <= {forged}  # the operator hears what the operator sends
    told = [orjson.loads(one) for one in heard if one.startswith(b"{")]
    assert any(one["uses"] for one in told)
    assert not any(word.encode() in b"".join(heard) for word in ("127.0.0.1", gus[0].id, "gus", "submit_post"))
    for client in (*outside, inside):
        await client.close()


def _collect(messages: list[bytes]) -> Callable[[Msg], Any]:
    async def collect(message: Msg) -> None:
        messages.append(message.data)

    return collect


async def _ignored(error: Exception) -> None:
    """The broker's refusals are what this is about."""
