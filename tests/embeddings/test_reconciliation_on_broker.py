"""The index is compared with the log on a schedule and on the operator's request, and repaired."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import qdrant_edge as edge

from deploy.operations.index_reconciliation import NotCompared, reconcile_index
from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.qdrant_edge_translation import edge_point
from services.embeddings.domain import PostPoint, SearchFilter
from services.embeddings.index_maintenance import IndexMaintenance
from shared.log.append import Log
from shared.log.operator_requests import IndexReport
from shared.log.streams import INDEX_POST
from shared.telemetry.metrics import INDEX_REPAIRS, Metric, Metrics
from shared.testing import AT, TestBroker, decided
from tests.embeddings.conftest import a_post, towards
from tests.faults.in_process import AUTHOR, Scenario, embeddings_app, open_scenario, running
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


async def with_posts(here: Scenario, index: EdgeIndex, count: int) -> list[str]:
    """Publish posts, wait until the index has them, and return their ids."""

    async def ready() -> bool:
        return (await here.health("embeddings")).ready

    await wait_until(ready, "embeddings")
    posts = await here.published(count)
    await here.wait_until_idle(INDEX_POST)
    assert await index.count() == count
    return [post.entity_id for post in posts]


async def write(index: EdgeIndex, *points: PostPoint) -> None:
    """Write points whatever is stored."""
    await index._in_worker(lambda: index._write([edge_point(point, index.words) for point in points]))


async def delete(index: EdgeIndex, post_id: str) -> None:
    """Delete a point."""
    await index._in_worker(lambda: index._open_shard.update(edge.UpdateOperation.delete_points([post_id])))


async def compare(here: Scenario, *, dry_run: bool = False) -> IndexReport:
    """Compare on the operator's request."""
    return await reconcile_index(here.operator, dry_run=dry_run, on_progress=lambda _: None)


async def right_point(index: EdgeIndex, post_id: str, number: int) -> PostPoint:
    """Return the point of the scenario's post of this number, as the service has written it."""
    stored = (await index.stored())[post_id]
    (vector,) = (await index.vectors([post_id])).values()
    return a_post(
        number,
        post_id=post_id,
        revision=stored.revision,
        source_seq=stored.source_seq,
        vector=vector,
        title="A title",
        body=f"roses of kind {number}",
        community="garden",
        author_id=AUTHOR,
        created_at=AT,
    )


DAMAGES: dict[str, Callable[[PostPoint], PostPoint]] = {
    "another vector": lambda point: replace(point, vector=towards(5)),
    "no vector": lambda point: replace(point, vector=np.zeros(384, dtype=np.float32)),
    "other words": lambda point: replace(point, title="Something else"),
    "another revision": lambda point: replace(point, revision=7),
    "another author": lambda point: replace(point, author_id="somebody"),
    "a later fact than the log has": lambda point: replace(point, source_seq=10**9),
}


async def test_an_operator_finds_and_repairs_every_kind_of_difference(broker: TestBroker, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        lost, outdated, hidden, *damaged = await with_posts(here, index, 3 + len(DAMAGES))
        right = await index.digest()
        assert (await compare(here)).found == {}, "nothing differs at first"
        right_points = [await right_point(index, post_id, number) for number, post_id in enumerate(damaged, 3)]
        await write(index, *right_points)
        assert (await compare(here)).found == {}, "the same points again are no difference"
        extra = [replace(a_post(1), source_seq=1), replace(a_post(2), source_seq=10**9)]
        await delete(index, lost)
        await write(index, replace(a_post(1), post_id=outdated, source_seq=1), *extra)
        await index.remove(hidden, 10**9)
        await write(index, *(damage(point) for point, damage in zip(right_points, DAMAGES.values(), strict=True)))

        expected = {"missing": 1, "extra": 2, "stale": 1, "wrong": 1 + len(DAMAGES)}
        reported = await compare(here, dry_run=True)
        assert (reported.found, reported.repaired) == (expected, False)
        assert set(reported.posts["wrong"]) == {hidden, *damaged}
        assert (await compare(here)).found == expected, "a dry run repairs nothing"
        assert (await compare(here)).found == {}
        assert await index.digest() == right
        health = await here.health("embeddings")
        assert health.ready
        assert health.parts["repairs"].startswith("1 missing, 2 extra, 1 stale, 7 wrong repaired on 20")
        assert health.parts["repairs"].endswith("at the operator's request")


async def test_words_and_vectors_of_a_repaired_post_are_found_again(broker: TestBroker, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        (post_id,) = await with_posts(here, index, 1)
        await write(index, replace(await right_point(index, post_id, 0), title="Changed", body="entirely"))
        assert await search(index, "roses") == []
        assert (await compare(here)).posts == {"wrong": (post_id,)}
        assert await search(index, "roses") == [post_id]
        assert await search(index, "entirely") == []


async def search(index: EdgeIndex, text: str) -> list[str]:
    """Return the ids that a search by words finds."""
    return [hit.post_id for hit in await index.search(None, text, SearchFilter(), 10)]


async def test_a_scheduled_comparison_repairs_and_counts(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[str, int]] = []
    real = Metrics.count

    def count(metrics: Metrics, metric: Metric, labels: dict[str, str], amount: int = 1) -> None:
        if metric is INDEX_REPAIRS:
            counted.append((labels["difference"], amount))
        real(metrics, metric, labels, amount)

    monkeypatch.setattr(Metrics, "count", count)
    index = EdgeIndex(tmp_path / "index")
    app = embeddings_app(broker, tmp_path, index, reconcile_every_s=0.2)
    async with open_scenario(broker) as here, running(app):
        lost, changed, _ = await with_posts(here, index, 3)
        right = await index.digest()
        await write(index, replace(await right_point(index, changed, 1), title="Changed"), a_post(1))
        await delete(index, lost)

        async def repaired() -> bool:
            return await index.digest() == right and bool((await here.health("embeddings")).parts.get("repairs"))

        await wait_until(repaired, "a scheduled comparison repairs the index")
        assert sorted(dict.fromkeys(kind for kind, _ in counted)) == ["extra", "missing", "wrong"]
        assert (await here.health("embeddings")).parts["repairs"].endswith("in a scheduled comparison")
        assert (await here.health("embeddings")).ready


async def test_a_post_whose_text_cannot_be_read_is_named_and_not_counted(broker: TestBroker, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await with_posts(here, index, 1)
        post = await here.submit("a text whose decision names another fact")
        wrong = decided(post, author_id=AUTHOR)
        wrong = wrong.model_copy(update={"data": wrong.data.model_copy(update={"judged_sequence": 1})})
        await Log(here.operator).append(wrong, after=post.sequence)
        await here.wait_until_idle(INDEX_POST)
        report = await compare(here)
        assert (report.found, report.unreadable) == ({}, 1)
        assert "no revision of its post" in report.why[post.entity_id]


async def test_an_installation_whose_embeddings_do_not_run_says_what_to_do(broker: TestBroker) -> None:
    async with open_scenario(broker) as here:
        with pytest.raises(NotCompared, match=r"does not answer.*`ottit status`"):
            await compare(here)


async def test_an_index_under_construction_is_not_compared(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = EdgeIndex(tmp_path / "index")
    async with open_scenario(broker) as here, running(embeddings_app(broker, tmp_path, index)):
        await with_posts(here, index, 1)
        monkeypatch.setattr(IndexMaintenance, "state", "building: 0 of 5 posts")
        with pytest.raises(NotCompared, match="the index is not ready: building"):
            await compare(here)
