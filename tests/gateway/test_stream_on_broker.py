"""Tests of live updates."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from services.gateway.stream.live_updates import Listener
from tests.faults.waiting import TIMEOUT_S
from tests.gateway.conftest import Gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker


def listener(person_id: str | None, *, signed_in: bool = True) -> Listener:
    """Return a listener for a user or a visitor."""

    async def is_signed_in() -> bool:
        return signed_in

    return Listener(person_id or "an address", person_id, is_signed_in)


async def events(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, dict[str, object]]]:
    """Yield kind and data of each event of a stream."""
    async for block in stream:
        lines = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line and line[0] != ":")
        if "event" in lines:
            assert int(lines["id"]) == orjson.loads(lines["data"])["sequence"]
            yield lines["event"], orjson.loads(lines["data"])


async def opened(gateway: Gateway, reader: Listener) -> AsyncIterator[bytes]:
    """Open a stream of events from now on."""
    stream = gateway.dependencies.updates.stream(reader, None)
    await anext(stream)
    return stream


async def until(stream: AsyncIterator[tuple[str, dict[str, object]]], kind: str) -> dict[str, object]:
    """Return the first event of a kind."""
    async with asyncio.timeout(TIMEOUT_S):
        async for found, data in stream:
            if found == kind:
                return data
    raise AssertionError(f"the stream ended without {kind}")


async def test_the_author_gets_the_decision_and_everybody_the_post(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    own = events(await opened(gateway, listener(ada.id)))
    others = events(await opened(gateway, listener(None)))
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id)
    decision, post = await until(own, "decision"), await until(others, "post")
    assert (decision["post_id"], decision["state"]) == (post_id, "published")
    assert post["post_id"] == post_id


async def test_a_visitor_gets_no_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    stream = events(await opened(gateway, listener(None)))
    first, last = [(await ada.submit()).json()["id"] for _ in range(2)]
    await publish(gateway, first)
    await publish(gateway, last)
    heard: list[tuple[str, object]] = []
    async with asyncio.timeout(TIMEOUT_S):
        while ("post", last) not in heard:
            kind, data = await anext(stream)
            heard.append((kind, data["post_id"]))
    assert ("post", first) in heard
    assert "decision" not in {kind for kind, _ in heard}


async def test_a_reconnecting_page_gets_missed_events(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    first, second = [(await ada.submit()).json() for _ in range(2)]
    await publish(gateway, first["id"])
    await publish(gateway, second["id"])
    missed = events(gateway.dependencies.updates.stream(listener(ada.id), 0))
    assert (await until(missed, "decision"))["post_id"] == first["id"]
    assert (await until(missed, "decision"))["post_id"] == second["id"]


async def test_streams_end_with_the_gateway(gateway: Gateway) -> None:
    stream = await opened(gateway, listener(None))
    gateway.dependencies.updates.close()
    async with asyncio.timeout(TIMEOUT_S):
        async for _ in stream:
            pass


async def test_a_signed_out_user_gets_no_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    stream = await opened(gateway, listener(ada.id, signed_in=False))
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id)
    async with asyncio.timeout(TIMEOUT_S):
        rest = [kind async for kind, _ in events(stream)]
    assert "decision" not in rest
