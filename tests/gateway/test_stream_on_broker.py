"""Open pages hear what happens, and what they have missed."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from services.gateway.arrivals import Listener
from tests.gateway.conftest import Gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker


def listener(person_id: str | None, *, signed_in: bool = True) -> Listener:
    """Somebody who reads a stream."""

    async def still() -> bool:
        return signed_in

    return Listener(person_id or "an address", person_id, still)


async def events(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, dict[str, object]]]:
    """Kind and data of each event of a stream."""
    async for block in stream:
        lines = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line and line[0] != ":")
        if "event" in lines:
            assert int(lines["id"]) == orjson.loads(lines["data"])["sequence"]
            yield lines["event"], orjson.loads(lines["data"])


async def until(stream: AsyncIterator[tuple[str, dict[str, object]]], kind: str) -> dict[str, object]:
    """The first event of a kind, within five seconds."""
    async with asyncio.timeout(5):
        async for found, data in stream:
            if found == kind:
                return data
    raise AssertionError(f"the stream ended without {kind}")


async def test_an_author_hears_the_decision_and_everybody_hears_of_the_post(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    own = events(gateway.house.arrivals.stream(listener(ada.id), None))
    others = events(gateway.house.arrivals.stream(listener(None), None))
    waiting = [asyncio.create_task(until(own, "decision")), asyncio.create_task(until(others, "post"))]
    await asyncio.sleep(0.1)
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id)
    decision, post = await asyncio.gather(*waiting)
    assert (decision["post_id"], decision["state"]) == (post_id, "published")
    assert post["post_id"] == post_id


async def test_a_visitor_hears_of_no_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    stream = gateway.house.arrivals.stream(listener(None), None)
    heard: list[str] = []

    async def listen() -> None:
        async for kind, _ in events(stream):
            heard.append(kind)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.1)
    await publish(gateway, (await ada.submit()).json()["id"])
    await asyncio.sleep(0.3)
    listening.cancel()
    assert "post" in heard
    assert "decision" not in heard


async def test_a_page_that_comes_again_gets_what_it_has_missed(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    first, second = [(await ada.submit()).json() for _ in range(2)]
    await publish(gateway, first["id"])
    await publish(gateway, second["id"])
    missed = events(gateway.house.arrivals.stream(listener(ada.id), 0))
    assert (await until(missed, "decision"))["post_id"] == first["id"]
    assert (await until(missed, "decision"))["post_id"] == second["id"]


async def test_streams_end_when_the_gateway_does(gateway: Gateway) -> None:
    stream = gateway.house.arrivals.stream(listener(None), None)
    await anext(stream)
    gateway.house.arrivals.close()
    async with asyncio.timeout(2):
        async for _ in stream:
            pass


async def test_who_has_signed_out_hears_of_no_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    stream = gateway.house.arrivals.stream(listener(ada.id, signed_in=False), None)
    await anext(stream)
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id)
    async with asyncio.timeout(5):
        rest = [kind async for kind, _ in events(stream)]
    assert "decision" not in rest
