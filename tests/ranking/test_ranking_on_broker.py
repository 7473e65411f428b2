"""Ranking on a real broker: it follows the log, answers feed requests, and adds a span to a post's trace."""

import asyncio
from pathlib import Path

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from shared.messaging.broker import send_request
from shared.messaging.requests import Health, RankedFeed, RankFeed, ReaderTaste, UserEmbeddingMatches, health_subject
from shared.problems import Unavailable
from shared.telemetry.tracing import trace_id
from shared.testing import TestBroker
from tests.faults.in_process import ranking_app, running
from tests.faults.waiting import TIMEOUT_S, flush_to_broker
from tests.ranking.scenario import Scenario, post_id

pytestmark = pytest.mark.broker
TRACE = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"


async def publish_to_log(client: Client, scenario: Scenario) -> None:
    """Publish the scenario's facts and signals to the streams."""
    for event in scenario.events:
        await client.jetstream().publish(event.subject, event.encode())
    for signal in scenario.signals:
        await client.jetstream().publish(signal.subject, signal.encode())


async def feed(client: Client, **fields: object) -> RankedFeed:
    """Request a page as the gateway does."""
    return await send_request(client, RankFeed.model_validate(fields), timeout=TIMEOUT_S)


async def until_ranked(client: Client, *numbers: int, **fields: object) -> RankedFeed:
    """Poll until the feed holds these posts in this order."""
    reply = RankedFeed()
    async with asyncio.timeout(TIMEOUT_S):
        while [item.post_id for item in reply.items] != [post_id(number) for number in numbers]:
            await asyncio.sleep(0.02)
            try:
                reply = await feed(client, **fields)
            except Unavailable:
                continue
    return reply


async def test_a_published_post_is_listed_with_its_votes(broker: TestBroker, tmp_path: Path) -> None:
    scenario = Scenario()
    scenario.publish(1)
    scenario.publish(2)
    scenario.submit(3)
    scenario.signal(1, "reader")
    operator, gateway = await broker.connect(), await broker.connect("gateway")
    async with running(ranking_app(broker, tmp_path)):
        await publish_to_log(operator, scenario)
        reply = await until_ranked(gateway, 1, 2, sort="top")
        health = await gateway.request(health_subject("ranking"), b"", timeout=TIMEOUT_S)
    assert [item.parts["votes"] > 0 for item in reply.items] == [True, False]
    assert Health.model_validate_json(health.data).ready
    await operator.close()
    await gateway.close()


async def test_a_restart_continues_from_the_checkpoint(broker: TestBroker, tmp_path: Path) -> None:
    scenario = Scenario()
    scenario.publish(1)
    scenario.publish(2)
    operator, gateway = await broker.connect(), await broker.connect("gateway")
    await publish_to_log(operator, scenario)
    async with running(ranking_app(broker, tmp_path)):
        first = await until_ranked(gateway, 2, 1, sort="new")
        page = await feed(gateway, sort="new", limit=1)
    later = Scenario()
    later.publish(3)
    await publish_to_log(operator, later)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 3, 2, 1, sort="new")
        rest = await feed(gateway, sort="new", limit=1, cursor=page.next)
    assert [item.post_id for item in rest.items] == [first.items[1].post_id]
    await operator.close()
    await gateway.close()


async def test_undecodable_messages_do_not_stop_the_feed(broker: TestBroker, tmp_path: Path) -> None:
    scenario = Scenario()
    scenario.publish(1)
    operator, gateway = await broker.connect(), await broker.connect("gateway")
    await operator.jetstream().publish(f"events.post.submitted.{post_id(9)}", b"{broken")
    await operator.jetstream().publish(f"signals.vote.{post_id(9)}.reader", b"\x00")
    await publish_to_log(operator, scenario)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 1, sort="hot")
    await operator.close()
    await gateway.close()


async def test_for_you_uses_the_user_embedding_from_embeddings(broker: TestBroker, tmp_path: Path) -> None:
    scenario = Scenario()
    scenario.publish(1)
    scenario.publish(2)
    operator, gateway, embeddings = [await broker.connect(name) for name in ("operator", "gateway", "embeddings")]

    async def answer(message: Msg) -> None:
        request = ReaderTaste.model_validate_json(message.data)
        matches = UserEmbeddingMatches(known=request.reader_id == "reader", similarity={post_id(1): 0.9})
        await message.respond(matches.model_dump_json().encode())

    await embeddings.subscribe(ReaderTaste.subject(), cb=answer)
    await flush_to_broker(embeddings)
    await publish_to_log(operator, scenario)
    async with running(ranking_app(broker, tmp_path)):
        await until_ranked(gateway, 2, 1, sort="hot")
        mine = await feed(gateway, sort="for_you", reader_id="reader")
        other = await feed(gateway, sort="for_you", reader_id="another")
    assert (mine.personalized, mine.items[0].post_id) == (True, post_id(1))
    assert (other.personalized, other.items[0].post_id) == (False, post_id(2))
    for client in (operator, gateway, embeddings):
        await client.close()


async def test_a_posts_trace_has_a_span_of_ranking(broker: TestBroker, tmp_path: Path) -> None:
    scenario = Scenario()
    scenario.publish(1)
    operator = await broker.connect()
    spans = await operator.subscribe(f"telemetry.spans.{trace_id(TRACE)}.*")
    await flush_to_broker(operator)
    async with running(ranking_app(broker, tmp_path)):
        await until_ready(operator)
        scenario.events = [event.model_copy(update={"traceparent": TRACE}) for event in scenario.events]
        await publish_to_log(operator, scenario)
        span = orjson.loads((await spans.next_msg(timeout=TIMEOUT_S)).data)
    assert (span["name"], span["parent_span_id"]) == ("ranking order_post", "cd" * 8)
    assert span["attributes"]["post.id"] == post_id(1)
    await operator.close()


async def until_ready(client: Client) -> None:
    """Poll until ranking reports ready."""
    health = Health()
    async with asyncio.timeout(TIMEOUT_S):
        while not health.ready:
            await asyncio.sleep(0.02)
            try:
                message = await client.request(health_subject("ranking"), b"", timeout=TIMEOUT_S)
            except NoRespondersError:
                continue
            health = Health.model_validate_json(message.data)
