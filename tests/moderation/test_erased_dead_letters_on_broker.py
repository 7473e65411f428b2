"""A dead letter of a user who was erased later holds no words, and redelivering it writes none."""

import pytest

from shared.log.append import Log
from shared.log.events import Event, UserErased, record
from shared.log.handler_runner import HandlerRunner, PoisonMessage
from shared.log.streams import DECIDE_POST
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import AT, TestBroker
from tests.faults.canary_search import find_canaries
from tests.moderation.test_handlers_on_broker import AUTHOR, Moderation, moderation

pytestmark = pytest.mark.broker
__all__ = ["moderation"]  # the fixture
CANARY = "zitronenfalter7"


async def unreadable(event: Event) -> None:
    """Fail as a handler does that can never handle the fact."""
    raise PoisonMessage(f"{event.entity_id} cannot be handled")


async def bury(moderation: Moderation) -> None:
    """Let the next message of moderation's durable become a dead letter."""
    client = moderation.handlers.dependencies.broker
    runner = HandlerRunner(
        DECIDE_POST, unreadable, client.jetstream(), Telemetry(ServiceSettings(service="moderation"))
    )
    waiting = await moderation.operator.jetstream().pull_subscribe_bind(DECIDE_POST.durable, "EVENTS")
    (message,) = await waiting.fetch(1, timeout=10)
    await runner.handle(message)


async def test_a_dead_letter_of_an_erased_user_holds_no_words(moderation: Moderation, broker: TestBroker) -> None:
    stream = moderation.operator.jetstream()
    post = await moderation.submit(f"All about the {CANARY}")
    await bury(moderation)
    assert (await stream.stream_info("DEAD_LETTERS")).state.messages == 1
    (letter,) = [await stream.get_msg("DEAD_LETTERS", seq=1)]
    stored = await stream.get_msg("EVENTS", seq=post.sequence)
    assert letter.data == stored.data, "the letter has the fact itself, whose text is sealed"
    await Log(moderation.operator).append(record(UserErased(), AUTHOR, actor=f"user:{AUTHOR}", at=AT), after=0)
    await moderation.keys.erase(AUTHOR)
    moderation.handlers.dependencies.keys._evict(AUTHOR)

    client = moderation.handlers.dependencies.broker
    runner = HandlerRunner(
        DECIDE_POST,
        moderation.handlers.decide_post,
        client.jetstream(),
        Telemetry(ServiceSettings(service="moderation")),
    )
    assert (await runner.redeliver(post.sequence)).outcome == "done"
    assert await moderation.decisions(post.entity_id) == []
    await client.close()
    await moderation.operator.close()
    broker.stop()
    assert not find_canaries([broker.folder], CANARY)
