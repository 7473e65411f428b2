"""Tests of rebuilding the view while it is read."""

import sqlite3
from pathlib import Path

import pytest

from services.gateway.view import store as stores
from services.gateway.view import tables
from services.gateway.view.change_notifications import Change, Decided
from services.gateway.view.store import Store
from services.gateway.view.view import View
from shared.storage.seal import remove_seal
from shared.testing import TestBroker, decided
from tests.faults.waiting import wait_until
from tests.gateway.test_view_on_broker import AUTHOR, PATIENCE_S, a_view, append, post_by_ada, posts_of
from tests.replay.folding import FakeKeys

pytestmark = pytest.mark.broker


async def built(view: View) -> None:
    async def done() -> bool:
        return not view.building

    await wait_until(done, "a rebuilt view")


def corrupted(folder: Path) -> None:
    """Corrupt a stored text, as a wrong fold would."""
    with sqlite3.connect(Store.place(folder)) as db:
        db.execute("UPDATE texts SET title = 'wrong'")
    db.close()
    remove_seal(Store.place(folder))


async def test_a_rebuild_corrects_a_wrong_view(broker: TestBroker, tmp_path: Path) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    posts = [post_by_ada(str(number)) for number in range(30)]
    last = await append(client, *posts)
    async with a_view(folder, client) as view:
        await view.wait_for(last, PATIENCE_S)
        right = view.connection.digest()
    corrupted(folder)
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        assert view.connection.digest() != right
        assert view.rebuild() == ""
        assert view.rebuild() == "a rebuild is under way already"
        await built(view)
        assert view.connection.digest() == right
        assert [path.name for path in folder.glob("*.sqlite")] == [Store.place(folder).name]
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        assert view.connection.digest() == right, "the new file is the one that is opened next time"


async def test_reads_and_listeners_are_unaffected_by_a_rebuild_under_load(broker: TestBroker, tmp_path: Path) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    writer = await broker.connect()
    await append(writer, *[post_by_ada(str(number)) for number in range(300)])
    heard: list[Change] = []
    async with a_view(folder, client) as view, a_view(tmp_path / "other", await broker.connect("gateway")) as other:
        for one in (view, other):
            await one.until_caught_up(PATIENCE_S)
        view.subscribe(heard.append)
        assert view.rebuild() == ""
        decisions: list[int] = []
        while view.building:
            post = post_by_ada("meanwhile")
            decisions.append(await append(writer, post, decided(post)))
            assert await view.wait_for(decisions[-1], PATIENCE_S)
            assert len(posts_of(view).own_posts(AUTHOR, None, 10_000)) == 300 + len(decisions), (
                "nobody reads less than before"
            )
        last = post_by_ada("after")
        decisions.append(await append(writer, last, decided(last)))
        assert await view.wait_for(decisions[-1], PATIENCE_S)
        assert await other.wait_for(decisions[-1], PATIENCE_S)
        assert view.connection.digest() == other.connection.digest()
        assert [change.sequence for change in heard if isinstance(change, Decided)] == decisions, (
            "each is announced once"
        )


async def test_a_killed_rebuild_leaves_the_old_view_and_can_be_restarted(broker: TestBroker, tmp_path: Path) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    last = await append(client, *[post_by_ada(str(number)) for number in range(50)])
    async with a_view(folder, client) as view:
        await view.wait_for(last, PATIENCE_S)
        right = view.connection.digest()
    half = Store(Store.place(folder).with_suffix(".new.sqlite"))
    half.db.execute("INSERT INTO reached VALUES ('EVENTS', 49)")
    half.close()
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        assert view.connection.digest() == right
        assert [path.name for path in folder.glob("*.sqlite")] == [Store.place(folder).name]
        assert view.rebuild() == ""
        await built(view)
        assert view.connection.digest() == right


async def test_an_older_version_is_read_until_the_new_one_has_caught_up(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    last = await append(client, *[post_by_ada(str(number)) for number in range(50)])
    async with a_view(folder, client) as view:
        await view.wait_for(last, PATIENCE_S)
    older = Store.place(folder, tables.VERSION - 1)
    Store.place(folder).rename(older)
    monkeypatch.setattr(stores, "READABLE", frozenset({tables.VERSION - 1}))
    async with a_view(folder, client) as view:
        assert len(posts_of(view).own_posts(AUTHOR, None, 100)) == 50, "at once"
        await view.until_caught_up(PATIENCE_S)
        last = await append(client, post_by_ada("meanwhile"))
        assert await view.wait_for(last, PATIENCE_S)
        await built(view)
        assert not older.exists()
        assert Store.place(folder).exists()
        assert len(posts_of(view).own_posts(AUTHOR, None, 100)) == 51


async def test_an_upgrade_killed_midway_resumes_with_the_new_view_file(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    last = await append(client, *[post_by_ada(str(number)) for number in range(20)])
    for version in (tables.VERSION - 1, tables.VERSION):
        async with a_view(folder, client) as view:
            await view.wait_for(last, PATIENCE_S)
            right = view.connection.digest()
        if version < tables.VERSION:
            Store.place(folder).rename(tmp_path / "kept")
    (tmp_path / "kept").rename(Store.place(folder, tables.VERSION - 1))
    monkeypatch.setattr(stores, "READABLE", frozenset({tables.VERSION - 1}))
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        await built(view)
        assert view.connection.digest() == right
        assert [path.name for path in folder.glob("*.sqlite")] == [Store.place(folder).name]


async def test_an_earlier_version_after_a_newer_one_builds_its_own_view(broker: TestBroker, tmp_path: Path) -> None:
    client, folder = await broker.connect("gateway"), tmp_path / "view"
    last = await append(client, *[post_by_ada(str(number)) for number in range(50)])
    async with a_view(folder, client) as view:
        await view.wait_for(last, PATIENCE_S)
        right = view.connection.digest()
    newer = Store.place(folder, tables.VERSION + 1)
    Store.place(folder).rename(newer)
    newer.with_name("view-2.sqlite-wal").write_bytes(b"left over from a crash")
    async with a_view(folder, client) as view:
        await view.until_caught_up(PATIENCE_S)
        assert view.connection.digest() == right

        async def alone() -> bool:
            return not [path for path in folder.glob("view-*") if not path.name.startswith(Store.place(folder).name)]

        await wait_until(alone, "no file of another version is left")


def titles(view: View) -> list[str]:
    return [post.title for post in posts_of(view).own_posts(AUTHOR, None, 100)]


async def test_a_rebuild_without_a_lost_key_keeps_the_view_that_has_the_words(
    broker: TestBroker, tmp_path: Path
) -> None:
    client, folder, keys = await broker.connect("gateway"), tmp_path / "view", FakeKeys()
    await append(client, post_by_ada("precious"))
    async with a_view(folder, client, keys) as view:
        await view.until_caught_up(PATIENCE_S)
        right = view.connection.digest()
        assert titles(view) == ["A title"]
        keys.lost.add(AUTHOR)
        for _ in range(2):
            assert view.rebuild() == ""
            await ended(view)
            assert "lacks the words of 1 facts" in view.refused
            assert view.connection.digest() == right
            assert [path.name for path in folder.glob("*.sqlite")] == [Store.place(folder).name]
        keys.lost.clear()
        assert view.rebuild() == ""
        await built(view)
        assert (view.refused, view.connection.digest()) == ("", right)


async def test_a_new_version_is_not_used_while_it_lacks_words(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, folder, keys = await broker.connect("gateway"), tmp_path / "view", FakeKeys()
    last = await append(client, post_by_ada("precious"))
    async with a_view(folder, client, keys) as view:
        await view.wait_for(last, PATIENCE_S)
        right = view.connection.digest()
    older = Store.place(folder, tables.VERSION - 1)
    Store.place(folder).rename(older)
    monkeypatch.setattr(stores, "READABLE", frozenset({tables.VERSION - 1}))
    keys.lost.add(AUTHOR)
    async with a_view(folder, client, keys) as view:
        await view.until_caught_up(PATIENCE_S)
        await ended(view)
        assert view.refused
        assert titles(view) == ["A title"]
        assert (older.exists(), Store.place(folder).exists()) == (True, False)
        keys.lost.clear()
        assert view.rebuild() == ""
        await built(view)
        assert view.connection.digest() == right
        assert (older.exists(), Store.place(folder).exists()) == (False, True)


async def test_words_that_came_without_a_key_come_back_with_it(broker: TestBroker, tmp_path: Path) -> None:
    client, folder, keys = await broker.connect("gateway"), tmp_path / "view", FakeKeys()
    keys.lost.add(AUTHOR)
    await append(client, post_by_ada("precious"))
    async with a_view(folder, client, keys) as view:
        await view.until_caught_up(PATIENCE_S)
        assert (await view.locked(), titles(view)) == (1, [])
        assert view.rebuild() == "", "a rebuild that is no worse is allowed"
        await built(view)
        assert await view.locked() == 1
        keys.lost.clear()
        assert view.rebuild() == ""
        await built(view)
        assert (await view.locked(), titles(view)) == (0, ["A title"])


async def ended(view: View) -> None:
    async def done() -> bool:
        return not view.building or view.building.startswith("failed")

    await wait_until(done, "an ended rebuild")
