"""The broker refuses what a service may not do, by any means that the broker has."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.js.errors import NotFoundError

from shared.ids import new_id
from shared.log.append import Log, UnknownOutcome
from shared.log.read_to_end import read_to_end
from shared.log.streams import CONSUMERS
from shared.messaging.broker_monitor import reported_problem
from shared.messaging.requests import BROKER_HEALTH
from shared.security.permissions import REPLICAS, SERVICES, may_inspect, may_publish
from shared.testing import TestBroker, decided, submitted
from tests.faults.waiting import flush_to_broker, wait_until, wait_until_stored
from tests.integration.broker_attacks import NAMES, WORD, Attack, as_reply, direct, foreign_subjects, matches

pytestmark = pytest.mark.broker

UNSTORED = ("requests.", "operations.", "_INBOX", REPLICAS)
Kind = Callable[[str], Iterator[Attack]]


@dataclass
class Target:
    """A broker with a message in every stream, one delivery of every durable, and services that answer everything."""

    broker: TestBroker
    operator: Client
    overheard: list[tuple[str, str]]

    async def state(self, service: str) -> dict[str, Any]:
        """Return everything that the service may not change."""
        own = may_publish(service)
        found: dict[str, Any] = {}
        for name in NAMES:
            info = orjson.loads((await self.operator.request(f"$JS.API.STREAM.INFO.{name}", b"")).data)
            found[name] = info["config"]
            found[f"{name} holds"] = [
                (message.subject, message.metadata.sequence.stream, message.data)
                async for message in read_to_end(self.operator, name)
                if not any(matches(message.subject, pattern) for pattern in own)
            ]
        names = orjson.loads((await self.operator.request("$JS.API.STREAM.NAMES", b"")).data)
        found["streams"] = sorted(names["streams"])
        for name in NAMES:
            consumers = orjson.loads((await self.operator.request(f"$JS.API.CONSUMER.NAMES.{name}", b"")).data)
            found[f"consumers of {name}"] = sorted(consumers["consumers"] or ())
        for consumer in (one for one in CONSUMERS if one.service != service):
            info = await self.operator.jetstream().consumer_info("EVENTS", consumer.durable)
            found[consumer.durable] = (info.num_ack_pending, info.delivered, info.config)
        return found


@asynccontextmanager
async def target(broker: TestBroker, attacker: str) -> AsyncIterator[Target]:
    """Fill the broker, and note what arrives on foreign subjects that no stream stores."""
    operator = await broker.connect()
    for subject in sorted({one for service in SERVICES for one in _subjects(service)}):
        counts = subject.startswith("spending.")  # its stream adds up numbers
        body, headers = (b"", {"Nats-Incr": "+1"}) if counts else (b"stored", None)
        await operator.jetstream().publish(subject, body, headers=headers)
    overheard: list[tuple[str, str]] = []
    clients = [operator]
    for service in SERVICES:
        client = await broker.connect(service)
        clients.append(client)
        for subject in (one for one in may_publish(service) if one.startswith(REPLICAS) and service != attacker):
            await client.subscribe(subject, cb=_note(service, overheard))
        for subject in (f"requests.{service}.*", f"operations.{service}.*"):
            await client.subscribe(subject, cb=_answer(attacker, overheard))
        if service != attacker:
            await client.subscribe(f"_INBOX_{service}.{WORD}", cb=_note(service, overheard))
    for consumer in CONSUMERS:
        durable = await operator.jetstream().pull_subscribe_bind(consumer.durable, stream="EVENTS")
        await durable.fetch(1)
    yield Target(broker, operator, overheard)
    for client in clients:
        await client.close()


def _subjects(service: str) -> list[str]:
    return [one for one in foreign_subjects(service) if not one.startswith(UNSTORED)]


def _answer(attacker: str, overheard: list[tuple[str, str]]) -> Callable[[Msg], Any]:
    """Return a service that answers every request, and notes those that the attacker may not send."""

    async def answer(message: Msg) -> None:
        if not any(matches(message.subject, pattern) for pattern in may_publish(attacker)):
            overheard.append(("a request", message.subject))
        if message.reply:
            await message.respond(b"answered")

    return answer


def _note(service: str, overheard: list[tuple[str, str]]) -> Callable[[Msg], Any]:
    async def note(message: Msg) -> None:
        overheard.append((service, message.subject))

    return note


async def send(client: Client, attacks: Iterator[Attack]) -> int:
    """Publish every attack and wait until the broker has read them. Return their number."""
    count = 0
    for count, attack in enumerate(attacks, 1):
        await client.publish(attack.subject, attack.body, reply=attack.reply, headers=dict(attack.headers) or None)
        if count % 500 == 0:
            await client.flush()
    await flush_to_broker(client)
    return count


@pytest.mark.parametrize("kind", [direct, as_reply])
@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_changes_what_is_not_its_own(broker: TestBroker, service: str, kind: Kind) -> None:
    async with target(broker, service) as attacked:
        before = await attacked.state(service)
        attacker = await broker.connect(service, error_cb=_ignored)
        assert await send(attacker, kind(service)) > 1000
        span = f"telemetry.spans.{new_id()}.{service}"
        await attacker.publish(span, b"own")
        await wait_until_stored(attacked.operator, "SPANS", span)
        after = await attacked.state(service)
        assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
        assert attacked.overheard == []
        await attacker.close()


async def test_the_comparison_notices_an_answer_that_the_broker_writes(broker: TestBroker) -> None:
    async with target(broker, "ranking") as attacked:
        before = await attacked.state("ranking")
        place = "$KV.SESSIONS.forged"
        await attacked.operator.publish("$JS.API.DIRECT.GET.EVENTS", b'{"seq":1}', reply=place)
        await wait_until_stored(attacked.operator, "KV_SESSIONS", place)
        assert await attacked.state("ranking") != before


async def test_a_late_reply_is_no_error(broker: TestBroker) -> None:
    errors: list[Exception] = []

    async def failed(error: Exception) -> None:
        errors.append(error)

    asked: asyncio.Queue[Msg] = asyncio.Queue()
    service, operator = await broker.connect("ranking", error_cb=failed), await broker.connect()
    await service.subscribe("operations.ranking.*", cb=asked.put)
    await service.flush()
    inbox = operator.new_inbox()
    subscription = await operator.subscribe(inbox)
    await operator.publish("operations.ranking.view", b"", reply=inbox)
    async with asyncio.timeout(30):
        request = await asked.get()
    await subscription.unsubscribe()
    await operator.flush()
    for _ in range(3):  # nobody waits any more, and one was all that was asked for
        await request.respond(b"late")
    await wait_for_own_span(service, operator)
    assert errors == []
    await service.close()
    await operator.close()


async def test_only_the_gateway_may_ask_the_broker_for_its_health(broker: TestBroker) -> None:
    for service in SERVICES:
        client = await broker.connect(service, error_cb=_ignored)
        if service == "gateway":
            assert await reported_problem(client) == ""
        else:
            with pytest.raises((BrokerError, asyncio.TimeoutError)):
                await client.request(BROKER_HEALTH, b"{}", timeout=0.5)
        await client.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_learns_of_stored_subjects_only_where_it_may_read(broker: TestBroker, service: str) -> None:
    operator, client = await broker.connect(), await broker.connect(service, error_cb=_ignored)
    await operator.jetstream().publish("$KV.ACCOUNTS.ada", b"{}")
    asked = orjson.dumps({"subjects_filter": ">"})
    inbox = client.new_inbox()
    answers: list[Msg] = []
    await client.subscribe(inbox, cb=_collect(answers))
    for name in NAMES:
        await client.publish(f"$JS.API.STREAM.INFO.{name}", asked, reply=inbox)
        await client.publish(f"$JS.API.CONSUMER.LIST.{name}", b"", reply=inbox)
    await wait_for_own_span(client, operator, service)

    async def all_answered() -> bool:
        return len(answers) >= len(may_inspect(service))

    await wait_until(all_answered, "the answers")
    known = [orjson.loads(answer.data)["config"]["name"] for answer in answers]
    assert sorted(known) == may_inspect(service)
    assert ("KV_ACCOUNTS" in known) is (service == "gateway")
    for one in (client, operator):
        await one.close()


def _collect(answers: list[Msg]) -> Callable[[Msg], Any]:
    async def collect(message: Msg) -> None:
        answers.append(message)

    return collect


async def wait_for_own_span(client: Client, operator: Client, service: str = "ranking") -> None:
    """Wait until the broker has handled everything that the service has sent so far."""
    span = f"telemetry.spans.{new_id()}.{service}"
    await client.publish(span, b"own")
    await wait_until_stored(operator, "SPANS", span)


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "moderation"])
async def test_only_moderation_may_append_decisions(broker: TestBroker, service: str) -> None:
    refusals: list[str] = []

    async def refused(error: Exception) -> None:
        refusals.append(str(error))

    client = await broker.connect(service, error_cb=refused)
    # Ranking appends nothing, so it cannot even check the log before an append.
    with pytest.raises((UnknownOutcome, BrokerError)):
        await Log(client, timeout=0.5).append(decided(submitted()), after=0)

    async def is_reported() -> bool:
        return any("permissions violation" in text.lower() for text in refusals)

    await wait_until(is_reported, "the broker reports the violation")


async def test_a_permitted_read_of_a_missing_message_is_not_found(broker: TestBroker) -> None:
    client = await broker.connect("moderation")
    with pytest.raises(NotFoundError):
        await client.jetstream().get_msg("EVENTS", seq=1)


async def _ignored(error: Exception) -> None:
    """Refusals are what the attacks are for; the comparison shows their effect."""
