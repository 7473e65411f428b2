"""Tests of the view on a real broker: catching up, listeners, restarts and versions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.gateway.dependencies import PROJECTIONS
from services.gateway.posts.queries import PostQueries
from services.gateway.view.change_notifications import Change, Counts, Decided, Published
from services.gateway.view.store import Store
from services.gateway.view.tables import VERSION
from services.gateway.view.view import View
from shared.log.append import Log
from shared.log.events import Event
from shared.log.integrity import LogDamaged, LogIntegrity
from shared.log.provision import provision
from shared.log.signals import Signal
from shared.testing import AT, TestBroker, decided, submitted
from tests.faults.damage import Damage, files_of, stream_folder
from tests.replay.folding import FakeKeys

pytestmark = pytest.mark.broker

PATIENCE_S = 60.0  # only failing tests wait this long: after a broker restart, following resumes within 20 s
AUTHOR = "author-1"


@asynccontextmanager
async def a_view(folder: Path, client: Client, keys: FakeKeys | None = None) -> AsyncIterator[View]:
    view = View(folder, client, keys or FakeKeys(), PROJECTIONS, LogIntegrity(client))
    await view.start()
    try:
        yield view
    finally:
        await view.close()


def posts_of(view: View) -> PostQueries:
    return PostQueries(view.connection)


async def append(client: Client, *events: Event) -> int:
    stream = client.jetstream(timeout=PATIENCE_S)
    acks = [await stream.publish(event.subject, event.encode(), stream="EVENTS") for event in events]
    return int(acks[-1].seq)


def post_by_ada(text: str = "Hello") -> Event:
    return submitted(key=FakeKeys.make(AUTHOR), text=text)


async def test_a_write_can_be_read_once_its_sequence_is_reached(broker: TestBroker, tmp_path: Path) -> None:
    client = await broker.connect("gateway")
    async with a_view(tmp_path / "view", client) as view:
        await view.until_caught_up(PATIENCE_S)
        post = post_by_ada()
        sequence = await append(client, post)
        assert await view.wait_for(sequence, PATIENCE_S)
        assert posts_of(view).post(post.entity_id, AUTHOR) is not None
        assert not await view.wait_for(sequence + 1, 0.01)
        assert await view.lag() == {"events": 0, "signals": 0}
        assert view.failing is None


async def test_listeners_are_called_after_a_change_can_be_read(broker: TestBroker, tmp_path: Path) -> None:
    gateway, moderation = await broker.connect("gateway"), await broker.connect("moderation")
    heard: asyncio.Queue[Change] = asyncio.Queue()
    async with a_view(tmp_path / "view", gateway) as view:
        await view.until_caught_up(PATIENCE_S)
        stop = view.subscribe(heard.put_nowait)
        post = post_by_ada()
        await append(gateway, post)
        sequence = await append(moderation, decided(post))
        async with asyncio.timeout(PATIENCE_S):
            first, second = await heard.get(), await heard.get()
            vote = Signal(kind="vote", post_id=post.entity_id, user_id="other-1", value=1, occurred_at=AT)
            await gateway.jetstream().publish(vote.subject, vote.encode(), stream="SIGNALS")
            third = await heard.get()
        assert isinstance(first, Decided)
        assert isinstance(second, Published)
        assert (first.sequence, first.outcome) == (sequence, "published")
        assert third == Counts(post.entity_id, up=1, down=0, score=1, comments=0, sequence=sequence)
        assert posts_of(view).posts([post.entity_id], "other-1")[post.entity_id].my_vote == 1
        stop()


async def test_a_stopped_view_continues_where_it_was(broker: TestBroker, tmp_path: Path) -> None:
    client = await broker.connect("gateway")
    posts = [post_by_ada(str(number)) for number in range(30)]
    last = await append(client, *posts[:20])
    async with a_view(tmp_path / "view", client) as view:
        await view.wait_for(last, PATIENCE_S)
        assert len(posts_of(view).own_posts(AUTHOR, None, 100)) == 20
    last = await append(client, *posts[20:])
    async with a_view(tmp_path / "view", client) as view, a_view(tmp_path / "fresh", client) as fresh:
        for one in (view, fresh):
            assert await one.wait_for(last, PATIENCE_S)
        assert len(posts_of(view).own_posts(AUTHOR, None, 100)) == 30
        assert view.connection.digest() == fresh.connection.digest()


async def test_a_broker_restart_during_catch_up_loses_nothing(broker: TestBroker, tmp_path: Path) -> None:
    writer, client = await broker.connect(), await broker.connect("gateway")
    posts = [post_by_ada(str(number)) for number in range(900)]
    await append(writer, *posts[:300])
    async with a_view(tmp_path / "rebuilt", client) as view:
        await append(writer, *posts[300:600])
        await asyncio.to_thread(broker.stop, kill=True)
        await asyncio.to_thread(broker.start)
        after = await broker.connect()
        last = await append(after, *posts[600:])
        assert await view.wait_for(last, PATIENCE_S)
        assert len(posts_of(view).own_posts(AUTHOR, None, 1000)) == 900
        assert view.failing is None
        async with a_view(tmp_path / "fresh", await broker.connect("gateway")) as fresh:
            assert await fresh.wait_for(last, PATIENCE_S)
            assert fresh.connection.digest() == view.connection.digest()


async def test_the_old_versions_file_is_removed_once_the_new_one_has_caught_up(
    broker: TestBroker, tmp_path: Path
) -> None:
    client = await broker.connect("gateway")
    folder = tmp_path / "view"
    folder.mkdir()
    old = folder / f"view-{VERSION - 1}.sqlite"
    old.write_bytes(b"an older version")
    last = await append(client, post_by_ada())
    async with a_view(folder, client) as view:
        assert not view.caught_up
        await view.until_caught_up(PATIENCE_S)
        assert await view.wait_for(last, 0)
        assert not old.exists()
        assert [path.name for path in folder.glob("*.sqlite")] == [f"view-{VERSION}.sqlite"]


@pytest.mark.parametrize(
    "damage", ["UPDATE reached SET sequence = 99", "UPDATE marks SET value = 'another log'", "not a database"]
)
async def test_a_view_that_does_not_match_the_log_is_rebuilt(broker: TestBroker, tmp_path: Path, damage: str) -> None:
    client = await broker.connect("gateway")
    folder = tmp_path / "view"
    last = await append(client, post_by_ada())
    async with a_view(folder, client) as view:
        await view.wait_for(last, PATIENCE_S)
        whole = view.connection.digest()
    if damage == "not a database":
        (folder / f"view-{VERSION}.sqlite").write_bytes(b"no database " * 1000)
    else:
        store = Store.in_folder(folder)
        store.db.execute(damage)
        store.close()
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        assert view.connection.digest() == whole


async def test_a_view_ahead_of_its_log_is_kept_and_proves_the_loss(broker: TestBroker, tmp_path: Path) -> None:
    client = await broker.connect("gateway")
    posts = [post_by_ada(str(number)) for number in range(20)]
    last = await append(client, *posts)
    async with a_view(tmp_path / "view", client) as view:
        assert await view.wait_for(last, PATIENCE_S)
    await client.close()
    broker.stop(kill=True)
    (block,) = [file for file in files_of(stream_folder(broker.folder, "EVENTS")) if file.suffix == ".blk"]
    Damage(block, block.stat().st_size // 2, None).apply()
    broker.start()
    for _ in range(2):  # the second start finds it, too: nothing has been thrown away
        operator, client = await broker.connect(), await broker.connect("gateway")
        await provision(operator)
        async with a_view(tmp_path / "view", client) as view:
            await view.until_caught_up(PATIENCE_S)
            with pytest.raises(LogDamaged, match=f"facts .* to {last} are missing at its end"):
                await Log(client).append(post_by_ada(), after=0)
            assert len(posts_of(view).own_posts(AUTHOR, None, 100)) == 20
        await client.close()
