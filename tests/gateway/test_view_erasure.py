"""Tests that an erasure removes texts and handles from the view."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.view.store import Store
from shared.testing import decided
from tests.replay.folding import FakeKeys, FoldedView, Streams

AUTHOR, OTHER = "author-1", "other-1"
CANARY = "canary-in-a-text"
POSTS = 400  # enough for the tables' pages to split and merge


@pytest.fixture
def view(tmp_path: Path) -> Iterator[FoldedView]:
    made = FoldedView(tmp_path)
    yield made
    made.close()


def busy_log() -> Streams:
    log = Streams()
    log.register(AUTHOR, "canary-handle")
    log.register(OTHER, "bob")
    for number in range(POSTS):
        post = log.publish(AUTHOR if number % 3 else OTHER, f"{CANARY if number % 3 else 'text'} " * (number % 90))
        if number % 5 == 1:
            log.rewrite(post, f"{CANARY if number % 3 else 'text'} " * (number % 300))
    return log


async def test_no_byte_of_text_or_handle_stays_in_the_files(view: FoldedView) -> None:
    log = busy_log()
    await view.take_in_batches(log, (7, 100))
    assert b"canary" in view.bytes()
    log.erase(AUTHOR)
    await view.take(log)
    assert b"canary" not in view.bytes()
    assert view.accounts.user_by_handle("canary-handle") is None
    erased = view.accounts.user_by_id(AUTHOR)
    assert erased is not None
    assert (erased.handle, erased.erased) == ("", True)


async def test_an_interrupted_scrub_is_finished_at_the_next_start(tmp_path: Path) -> None:
    log = busy_log()
    view = FoldedView(tmp_path)
    await view.take_in_batches(log, (64,))
    view.store.ask_for_scrub()
    view.store.db.execute("DELETE FROM texts")
    view.store.db.execute("UPDATE users SET handle = NULL")
    view.close()
    again = Store.in_folder(tmp_path)
    again.close()
    assert b"canary" not in view.bytes()


async def test_posts_disappear_and_comments_with_replies_become_placeholders(view: FoldedView) -> None:
    log = Streams()
    log.register(AUTHOR, "ada")
    log.register(OTHER, "bob")
    gone = log.publish(AUTHOR)
    root = log.publish(OTHER)
    comment = log.answer(root, AUTHOR, CANARY)
    log.answer(comment, OTHER, "answer")
    log.erase(AUTHOR)
    await view.take(log)
    for viewer in (AUTHOR, OTHER, None):
        assert view.posts.posts([gone.entity_id, comment.entity_id], viewer, moderator=True) == {}
    (placeholder,) = view.comments.comments(root.entity_id, OTHER).items
    assert (placeholder.post.state, placeholder.post.body, placeholder.post.author.handle) == ("withdrawn", "", "")
    assert [reply.post.body for reply in placeholder.replies] == ["answer"]
    shown = view.posts.post(root.entity_id, None)
    assert shown is not None
    assert shown.comments == 1
    assert view.posts.own_posts(AUTHOR, None, 10) == []


async def test_facts_after_an_erasure_bring_nothing_back(view: FoldedView) -> None:
    log = Streams()
    log.register(AUTHOR, "ada")
    early = log.write(AUTHOR)
    log.erase(AUTHOR)
    log.append(decided(early))
    late = log.publish(AUTHOR, CANARY)
    log.rewrite(late, CANARY)
    await view.take(log)
    assert view.posts.posts([early.entity_id, late.entity_id], AUTHOR, moderator=True) == {}
    assert CANARY.encode() not in view.bytes()


async def test_a_rebuild_without_the_key_equals_the_view_before_it(tmp_path: Path) -> None:
    log, keys = busy_log(), FakeKeys()
    lived = FoldedView(tmp_path / "lived", keys)
    await lived.take_in_batches(log, (50,))
    log.erase(AUTHOR)
    keys.gone.add(AUTHOR)
    await lived.take(log)
    rebuilt = FoldedView(tmp_path / "rebuilt", keys)
    await rebuilt.take(log)
    assert lived.digest() == rebuilt.digest()
    lived.close()
    rebuilt.close()
