"""E15, E21: handlers and the index fail for some time. All messages are retried slowly and handled later."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.domain import IndexUnavailable, PostPoint
from shared.log import acknowledgement
from shared.log.streams import DECIDE_POST, INDEX_POST
from shared.model.inference_cache import Inference
from shared.testing import TestBroker
from tests.faults.fakes import FakeModel
from tests.faults.in_process import Scenario, embeddings_app, moderation_app, open_scenario, running
from tests.faults.invariants import index_is_published, legal_order, one_decision
from tests.faults.stored_state import StoredKeys, expected_points, indexed_points
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker

POSTS = 20
# Long enough for several attempts, each after twice as long as the one before.
FIRST_RETRY_S, FAILS_FOR_S = 0.25, 1.5


class FailingModel(FakeModel):
    """Fails with an error of the machine, which the engine does not handle."""

    fails = True

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        if self.fails:
            raise OSError("no such device")
        return super().infer(texts)


class FailingIndex(EdgeIndex):
    """Is unavailable for some time, like a Qdrant server."""

    fails = True

    async def sequence(self, post_id: str) -> int:
        self._fail()
        return await super().sequence(post_id)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        self._fail()
        return await super().upsert(points)

    async def remove(self, post_id: str, source_seq: int) -> bool:
        self._fail()
        return await super().remove(post_id, source_seq)

    def _fail(self) -> None:
        if self.fails:
            raise IndexUnavailable("away")


def most_attempts(seconds: float) -> int:
    """Return the maximum number of attempts at one message in this time: delays double; one attempt is spare."""
    return 2 + math.floor(math.log2(1 + seconds / FIRST_RETRY_S))


@pytest.mark.injects("E15", "E21", invariants="I3 I4 I7 I9")
async def test_failed_messages_are_all_handled_after_recovery(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgement, "FIRST_RETRY_S", FIRST_RETRY_S)
    model, index = FailingModel(), FailingIndex(tmp_path / "embeddings" / "failing")
    async with (
        open_scenario(broker) as here,
        running(moderation_app(broker, model)),
        running(embeddings_app(broker, tmp_path, index)),
    ):
        began = asyncio.get_running_loop().time()
        await here.published(POSTS)
        waiting = [await here.submit(f"tulips of kind {number}") for number in range(POSTS)]
        await asyncio.sleep(FAILS_FOR_S)
        await wait_until(lambda: is_degraded(here), "the index is retried and reported as unavailable")
        assert await here.lag(DECIDE_POST) >= POSTS
        assert await here.lag(INDEX_POST) >= POSTS
        delivered = {consumer: await here.deliveries(consumer) for consumer in (DECIDE_POST, INDEX_POST)}
        attempts = most_attempts(asyncio.get_running_loop().time() - began)
        assert delivered[DECIDE_POST] <= 2 * POSTS * attempts
        assert delivered[INDEX_POST] <= POSTS * attempts

        model.fails = index.fails = False
        await here.wait_until_idle()
        await wait_until(lambda: is_ready(here), "embeddings is ready again")
        facts = await here.facts()
        assert await here.dead_letters() == 0
        assert one_decision(facts, quiet=True) == []
        assert legal_order(facts) == []
        assert {post.entity_id for post in waiting} <= {event.entity_id for event in await here.decisions()}
        expected = await expected_points(facts, StoredKeys(here.keys))
        assert len(expected) == 2 * POSTS
        assert index_is_published(expected, *await indexed_points(tmp_path, list(expected))) == []


async def is_degraded(here: Scenario) -> bool:
    return await here.deliveries(INDEX_POST) > POSTS and not (await here.health("embeddings")).ready


async def is_ready(here: Scenario) -> bool:
    return (await here.health("embeddings")).ready
