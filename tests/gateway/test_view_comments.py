"""Tests of the comment tree: order, placeholders, counts, depth."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.posts.comment_queries import DEEPEST
from services.gateway.posts.schemas import Comment, CommentTree
from shared.testing import decided, withdrawn
from tests.replay.folding import FoldedView, Streams

AUTHOR, OTHER = "author-1", "other-1"


@pytest.fixture
def view(tmp_path: Path) -> Iterator[FoldedView]:
    made = FoldedView(tmp_path)
    yield made
    made.close()


@pytest.fixture
def log() -> Streams:
    streams = Streams()
    streams.register(AUTHOR, "ada")
    streams.register(OTHER, "bob")
    return streams


def shape(comments: list[Comment]) -> list[object]:
    return [(comment.post.body or comment.post.state, shape(comment.replies)) for comment in comments]


def depth(tree: CommentTree) -> int:
    found, level = 0, tree.items
    while level:
        found, level = found + 1, [reply for comment in level for reply in comment.replies]
    return found


async def test_comments_are_sorted_by_score_then_by_age(view: FoldedView, log: Streams) -> None:
    root = log.publish()
    for text in ("first", "second", "third"):
        liked = log.answer(root, text=text)
    log.vote(liked.entity_id, OTHER, 1)
    await view.take(log)
    tree = view.comments.comments(root.entity_id, OTHER)
    assert shape(tree.items) == [("third", []), ("first", []), ("second", [])]
    assert tree.total == 3
    assert tree.items[0].post.my_vote == 1


@pytest.mark.parametrize("gone", ["withdrawn", "rejected", "edited"])
async def test_a_hidden_comment_with_replies_becomes_a_placeholder(view: FoldedView, log: Streams, gone: str) -> None:
    root = log.publish()
    comment = log.answer(root, text="canary")
    log.answer(comment, OTHER, "answer")
    alone = log.answer(root, text="alone")
    for post in (comment, alone):
        if gone == "edited":
            log.rewrite(post, "canary again")
        else:
            log.append(withdrawn(post) if gone == "withdrawn" else decided(post, gone, decided_by="person"))
    await view.take(log)
    tree = view.comments.comments(root.entity_id, OTHER)
    assert shape(tree.items) == [("withdrawn", [("answer", [])])]
    assert (tree.items[0].post.author.handle, tree.items[0].post.decision) == ("", None)
    assert tree.total == 1
    assert b"canary" not in tree.model_dump_json().encode()
    shown = view.posts.post(root.entity_id, None)
    assert shown is not None
    assert shown.comments == 1


async def test_the_author_of_a_pending_comment_sees_it_in_the_tree(view: FoldedView, log: Streams) -> None:
    root = log.publish()
    log.write(text="mine", parent_id=root.entity_id, root_id=root.entity_id)
    await view.take(log)
    assert shape(view.comments.comments(root.entity_id, AUTHOR).items) == [("mine", [])]
    assert view.comments.comments(root.entity_id, OTHER).items == []
    shown = view.posts.post(root.entity_id, AUTHOR)
    assert shown is not None
    assert shown.comments == 0


async def test_very_deep_replies_are_flattened(view: FoldedView, log: Streams) -> None:
    last = root = log.publish()
    for number in range(3 * DEEPEST):
        last = log.answer(last, text=str(number))
    await view.take(log)
    tree = view.comments.comments(root.entity_id, None)
    assert tree.total == 3 * DEEPEST
    assert depth(tree) == DEEPEST
    assert CommentTree.model_validate_json(tree.model_dump_json()) == tree
