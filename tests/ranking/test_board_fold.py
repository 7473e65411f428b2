"""The fold: the same facts and signals give the same board, however they come."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ranking.projections import Board, apply_event, apply_signal, digest
from shared.log.events import Event
from shared.log.signals import Signal
from tests.ranking.worlds import ChangeSet, post_id

OUTCOMES = ("published", "held", "rejected")
steps = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 3)), max_size=60)


def lived(made: list[tuple[int, int, int]]) -> ChangeSet:
    """A world in which these things happened: what (0–7), to which post, in which way."""
    world = ChangeSet()
    posts: dict[int, Event] = {}
    revisions = dict.fromkeys(range(6), 1)
    for what, number, way in made:
        if what == 0 or (number not in posts and what < 6):
            fields: dict[str, Any] = {"parent_id": post_id(way)} if number > 3 else {}
            posts[number] = world.submit(number, author_id=f"author-{number % 2}", imported=way, **fields)
            continue
        match what:
            case 1 | 2:
                world.decide(posts[number], OUTCOMES[way % 3], revision=revisions[number])
            case 3:
                revisions[number] += 1
                world.edit(posts[number], revision=revisions[number])
            case 4 if way == 0:
                world.withdraw(posts[number])
            case 5 if way == 0:
                world.erase(f"author-{number % 2}")
            case 6:
                world.signal(number, f"reader-{way}", way - 1)
            case 7:
                world.signal(number, f"reader-{way}", way % 2, "less")
    return world


def fold(events: Sequence[Event], signals: Sequence[Signal]) -> Board:
    """A board from scratch: all facts, then all signals."""
    board = Board()
    for event in events:
        apply_event(board, event)
    for signal in signals:
        apply_signal(board, signal)
    return board


@given(steps)
def test_a_rebuild_gives_the_live_board(made: list[tuple[int, int, int]]) -> None:
    world = lived(made)
    assert digest(fold(world.events, world.signals)) == digest(world.board)


@given(steps)
def test_signals_read_before_the_facts_give_the_same_board(made: list[tuple[int, int, int]]) -> None:
    world = lived(made)
    board = fold([], world.signals)
    for event in world.events:
        apply_event(board, event)
    assert digest(board) == digest(world.board)


@given(steps)
def test_the_last_word_of_each_person_on_each_post_is_all_that_a_rebuild_needs(
    made: list[tuple[int, int, int]],
) -> None:
    world = lived(made)
    last = {signal.subject: signal for signal in world.signals}
    assert digest(fold(world.events, sorted(last.values(), key=lambda signal: signal.sequence))) == digest(world.board)


@given(steps, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_batches_that_come_again_change_nothing(made: list[tuple[int, int, int]], sizes: list[int]) -> None:
    world, board, before, start = lived(made), Board(), 0, 0
    while start < max(len(world.events), len(world.signals)):
        size = sizes[start % len(sizes)]
        for event in world.events[before : start + size]:
            apply_event(board, event)
        for signal in world.signals[before : start + size]:
            apply_signal(board, signal)
        before, start = start, start + size
    assert digest(board) == digest(world.board)


@given(steps)
def test_what_was_reached_is_never_taken_back(made: list[tuple[int, int, int]]) -> None:
    world = lived(made)
    reached, seen = dict(world.board.reached), digest(world.board)
    for event in reversed(world.events):
        assert not apply_event(world.board, event)
    for signal in reversed(world.signals):
        apply_signal(world.board, signal)
    assert (world.board.reached, digest(world.board)) == (reached, seen)


def test_every_fact_and_signal_that_counts_shows_in_the_digest() -> None:
    world = ChangeSet()
    seen = {digest(world.board)}
    post = world.submit(1)
    seen.add(digest(world.board))
    world.decide(post)
    seen.add(digest(world.board))
    world.signal(1, "reader")
    seen.add(digest(world.board))
    world.signal(1, "reader", 1, "less")
    seen.add(digest(world.board))
    world.withdraw(post)
    seen.add(digest(world.board))
    world.erase("author-1")
    assert len(seen | {digest(world.board)}) == 7


def test_a_fact_that_gives_a_post_its_place_says_so_once() -> None:
    world = ChangeSet()
    world.publish(1)
    board = Board()
    assert [apply_event(board, event) for event in world.events] == [False, False, True]
    assert [apply_event(board, event) for event in world.events] == [False, False, False]
