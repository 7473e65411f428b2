"""E15, E21: every handler fails for a while, the index too. Nothing is given up, nothing spins, all is done at last."""

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


class AilingModel(FakeModel):
    """Fails as a machine does, not as a model does: the engine has no answer to that."""

    ill = True

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        if self.ill:
            raise OSError("no such device")
        return super().infer(texts)


class AilingIndex(EdgeIndex):
    """Does not answer for a while, as a Qdrant server that is away."""

    ill = True

    async def sequence(self, post_id: str) -> int:
        self._complain()
        return await super().sequence(post_id)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        self._complain()
        return await super().upsert(points)

    async def remove(self, post_id: str, source_seq: int) -> bool:
        self._complain()
        return await super().remove(post_id, source_seq)

    def _complain(self) -> None:
        if self.ill:
            raise IndexUnavailable("away")


def most_attempts(seconds: float) -> int:
    """Attempts at one message in so many seconds of failing: delays double from the first one on; one is spare."""
    return 2 + math.floor(math.log2(1 + seconds / FIRST_RETRY_S))


async def test_what_failed_for_a_while_is_all_done_afterwards(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgement, "FIRST_RETRY_S", FIRST_RETRY_S)
    model, index = AilingModel(), AilingIndex(tmp_path / "embeddings" / "ailing")
    async with (
        open_scenario(broker) as here,
        running(moderation_app(broker, model)),
        running(embeddings_app(broker, tmp_path, index)),
    ):
        began = asyncio.get_running_loop().time()
        await here.published(POSTS)
        waiting = [await here.submit(f"tulips of kind {number}") for number in range(POSTS)]
        await asyncio.sleep(FAILS_FOR_S)
        await wait_until(lambda: is_in_trouble(here), "the index is tried again, and missed")
        assert await here.lag(DECIDE_POST) >= POSTS
        assert await here.lag(INDEX_POST) >= POSTS
        delivered = {consumer: await here.deliveries(consumer) for consumer in (DECIDE_POST, INDEX_POST)}
        attempts = most_attempts(asyncio.get_running_loop().time() - began)
        assert delivered[DECIDE_POST] <= 2 * POSTS * attempts
        assert delivered[INDEX_POST] <= POSTS * attempts

        model.ill = index.ill = False
        await here.wait_until_idle()
        await wait_until(lambda: is_ready(here), "embeddings is ready again")
        facts = await here.facts()
        assert await here.dead_letters() == 0
        assert one_decision(facts, quiet=True) == []
        assert legal_order(facts) == []
        assert {post.entity_id for post in waiting} <= {event.entity_id for event in await here.decisions()}
        wanted = await expected_points(facts, StoredKeys(here.keys))
        assert len(wanted) == 2 * POSTS
        assert index_is_published(wanted, *await indexed_points(tmp_path, list(wanted))) == []


async def is_in_trouble(here: Scenario) -> bool:
    return await here.deliveries(INDEX_POST) > POSTS and not (await here.health("embeddings")).ready


async def is_ready(here: Scenario) -> bool:
    return (await here.health("embeddings")).ready
