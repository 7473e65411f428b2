"""A dead letter is redelivered or dropped. The log records both, and no message is both dead and processed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from faststream import FastStream
from nats.aio.client import Client
from pydantic import SecretStr

from deploy.operations.dead_letters import DeadLetters, NoSuchDeadLetter
from shared.log.append import Log
from shared.log.dead_letters import DeadLetter
from shared.log.events import Event, Fact, LetterDropped, LetterRedriven
from shared.log.handler_runner import PoisonMessage
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import make_broker, on_durable
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import TestBroker, submitted
from tests.faults.waiting import flush_to_broker, wait_until

pytestmark = pytest.mark.broker


@dataclass
class StubbornHandler:
    """A handler that rejects every message until `willing` is set."""

    willing: bool = False
    handled: list[int] = field(default_factory=list)

    async def decide_post(self, event: Event) -> None:
        if not self.willing:
            raise PoisonMessage("unwilling")
        self.handled.append(event.sequence)


@asynccontextmanager
async def listening(broker: TestBroker, handler: StubbornHandler) -> AsyncIterator[None]:
    password = SecretStr(broker.passwords["moderation"])
    settings = ServiceSettings(service="moderation", broker_url=broker.url, broker_password=password)
    service = make_broker(settings)
    on_durable(service, DECIDE_POST, handler.decide_post, Telemetry(settings))
    app = FastStream(service, logger=None)
    running = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.exit()
        await running


async def dead_letters_of(operator: Client, count: int) -> DeadLetters:
    """Append submissions and return their dead letters."""
    log = Log(operator)
    for _ in range(count):
        await log.append(submitted(), after=0)
    letters = DeadLetters(operator, log)

    async def all_there() -> bool:
        return len([letter async for letter in letters.all()]) == count

    await wait_until(all_there, "the dead letters")
    return letters


async def resolution_of(letter: DeadLetter, operator: Client) -> tuple[type[Fact], str]:
    """Return the fact that resolved a dead letter, and its reason."""
    last = await Log(operator).last("letter", letter.entity_id)
    assert last is not None
    assert isinstance(last.data, LetterRedriven | LetterDropped)
    return type(last.data), last.data.reason


async def test_a_redelivered_message_is_handled_once_and_its_dead_letter_is_removed(broker: TestBroker) -> None:
    operator, handler = await broker.connect(), StubbornHandler()
    async with listening(broker, handler):
        letters = await dead_letters_of(operator, 2)
        first, second = [letter async for letter in letters.all()]
        again = await letters.redrive(first)
        assert (again.outcome, again.reason) == ("poison", "unwilling")
        assert [letter.number async for letter in letters.all()] == [first.number, second.number]
        handler.willing = True
        assert (await letters.redrive(first)).outcome == "done"
        assert handler.handled == [first.sequence]
        assert [letter.number async for letter in letters.all()] == [second.number]
    assert await resolution_of(first, operator) == (LetterRedriven, "unwilling")
    await operator.close()


async def test_a_dropped_message_is_never_handled_and_the_log_records_the_reason(broker: TestBroker) -> None:
    operator, handler = await broker.connect(), StubbornHandler()
    async with listening(broker, handler):
        letters = await dead_letters_of(operator, 1)
        (letter,) = [letter async for letter in letters.all()]
        handler.willing = True
        await letters.drop(letter, "a test of last year")
    with pytest.raises(NoSuchDeadLetter):
        await letters.one(letter.number)
    assert handler.handled == []
    assert await resolution_of(letter, operator) == (LetterDropped, "a test of last year")
    await operator.close()


async def test_a_dead_letter_stays_while_its_service_is_down(broker: TestBroker) -> None:
    operator = await broker.connect()
    async with listening(broker, StubbornHandler()):
        letters = await dead_letters_of(operator, 1)
    (letter,) = [letter async for letter in letters.all()]
    answer = await letters.redrive(letter)
    assert (answer.outcome, answer.reason) == ("failed", "moderation does not answer")
    assert [remaining.number async for remaining in letters.all()] == [letter.number]
    await operator.close()


async def test_a_service_may_not_make_another_redeliver(broker: TestBroker) -> None:
    operator, gateway, handler = await broker.connect(), await broker.connect("gateway"), StubbornHandler()
    async with listening(broker, handler):
        letters = await dead_letters_of(operator, 1)
        (letter,) = [letter async for letter in letters.all()]
        handler.willing = True
        await gateway.publish("operations.moderation.redeliver_decide_post", b'{"sequence": %d}' % letter.sequence)
        await flush_to_broker(gateway)
        # Requests on one subject are answered in turn: the gateway's would have been handled before this one.
        assert (await letters.redrive(letter)).outcome == "done"
    assert handler.handled == [letter.sequence]
    await operator.close()
    await gateway.close()
