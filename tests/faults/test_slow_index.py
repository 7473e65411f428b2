"""E21: the index is slow, or its disk is full for some time; every post is indexed afterwards."""

import asyncio
import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.domain import PostPoint
from shared.log import acknowledgement
from shared.log.streams import INDEX_POST
from shared.testing import TestBroker
from tests.faults.in_process import embeddings_app, open_scenario, running
from tests.faults.invariants import index_is_published
from tests.faults.stored_state import StoredKeys, expected_points, indexed_points

pytestmark = [pytest.mark.broker, pytest.mark.injects("E21", invariants="I7 I10")]

POSTS = 12
SLOW_S, REFUSALS, REFUSED_FLUSHES = 0.3, 20, 3


class SlowIndex(EdgeIndex):
    """Takes long for every write."""

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        await asyncio.sleep(SLOW_S)
        return await super().upsert(points)


class FullAtFlush(EdgeIndex):
    """Has no space for the first flushes, so that a redelivery finds the point in memory."""

    refused = 0

    def _flush(self) -> None:
        self._next_flush = None
        self.refused += 1
        if self.refused <= REFUSED_FLUSHES:
            raise OSError(errno.ENOSPC, "no space left on device")
        super()._flush()


class FullIndex(EdgeIndex):
    """Has no space for its first writes."""

    refused = 0

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        self.refused += 1
        if self.refused <= REFUSALS:
            raise OSError(errno.ENOSPC, "no space left on device")
        return await super().upsert(points)


@pytest.mark.parametrize("kind", [SlowIndex, FullIndex, FullAtFlush])
async def test_a_slow_or_full_index_gets_every_post_in_the_end(
    broker: TestBroker, tmp_path: Path, kind: type[EdgeIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgement, "FIRST_RETRY_S", 0.1)
    index = kind(tmp_path / "embeddings" / "posts")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await here.published(POSTS)
        await here.wait_until_idle(INDEX_POST)
        assert await here.dead_letters() == 0
        expected = await expected_points(await here.facts(), StoredKeys(here.keys))
        assert len(expected) == POSTS
        assert index_is_published(expected, *await indexed_points(tmp_path, list(expected))) == []
