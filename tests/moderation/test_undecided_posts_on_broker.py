"""Posts that the broker has forgotten are found in the log and decided; those that wait are left to it."""

import pytest

from services.moderation.undecided_posts import UndecidedPosts
from shared.log.append import Log
from shared.log.events import UserErased, record
from shared.log.handler_runner import HandlerRunner
from shared.log.streams import DECIDE_POST
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import AT, edited, withdrawn
from tests.moderation.test_handlers_on_broker import AUTHOR, Moderation, moderation

pytestmark = pytest.mark.broker
__all__ = ["moderation"]  # the fixture


def looking(moderation: Moderation) -> UndecidedPosts:
    """Return the search for undecided posts over the handlers' connection."""
    dependencies = moderation.handlers.dependencies
    stream = dependencies.broker.jetstream()
    runner = HandlerRunner(
        DECIDE_POST, moderation.handlers.decide_post, stream, Telemetry(ServiceSettings(service="moderation"))
    )
    return UndecidedPosts(dependencies.broker, dependencies.log, runner.redeliver, dependencies.metrics)


async def forget(moderation: Moderation, count: int) -> None:
    """Acknowledge messages that nobody has handled, as a consumer that has lost its place does."""
    subscription = await moderation.operator.jetstream().pull_subscribe_bind(DECIDE_POST.durable, "EVENTS")
    for message in await subscription.fetch(count, timeout=10):
        await message.ack_sync()


async def test_forgotten_posts_are_decided_and_reported(moderation: Moderation) -> None:
    decided, forgotten, gone = [await moderation.submit() for _ in range(3)]
    await moderation.handlers.decide_post(decided)
    await moderation.gateway.append(withdrawn(gone), after=gone.sequence)
    changed = await moderation.submit()
    await moderation.gateway.append(
        edited(changed, content=changed.data.content),  # type: ignore[attr-defined]
        after=changed.sequence,
    )
    await forget(moderation, 5)
    waiting = await moderation.submit()
    undecided = looking(moderation)
    await undecided.look()
    assert undecided.state.startswith("2 posts had no decision")
    counts = [len(await moderation.decisions(post.entity_id)) for post in (decided, forgotten, gone, changed, waiting)]
    assert counts == [1, 1, 0, 1, 0]
    (decision,) = await moderation.decisions(changed.entity_id)
    assert decision.revision == 2, "the current text is decided"
    await undecided.look()
    assert undecided.state.startswith("2 posts had no decision"), "a second look finds nothing more"


async def test_a_forgotten_post_that_cannot_be_decided_is_named(moderation: Moderation) -> None:
    post = await moderation.submit()
    stored = await moderation.operator.jetstream().get_last_msg("KV_KEYS", f"$KV.KEYS.{AUTHOR}")
    await moderation.operator.jsm().delete_msg("KV_KEYS", stored.seq or 0)
    moderation.handlers.dependencies.keys._evict(AUTHOR)
    await forget(moderation, 1)
    undecided = looking(moderation)
    await undecided.look()
    assert undecided.state == (
        f"fact {post.sequence} is not decided: look for dead letters and at the log of this service"
    )


async def test_a_forgotten_post_of_an_erased_author_needs_no_decision(moderation: Moderation) -> None:
    post = await moderation.submit()
    await forget(moderation, 1)
    await Log(moderation.operator).append(record(UserErased(), AUTHOR, actor=f"user:{AUTHOR}", at=AT), after=0)
    await moderation.keys.erase(AUTHOR)
    moderation.handlers.dependencies.keys._evict(AUTHOR)
    undecided = looking(moderation)
    await undecided.look()
    assert undecided.state == "ok"
    assert await moderation.decisions(post.entity_id) == []
