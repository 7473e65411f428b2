"""The fair queue: people take turns, and what is taken together stays within a budget."""

from hypothesis import given
from hypothesis import strategies as st

from shared.model.fair_queue import FairQueue

ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9)), max_size=40)


def queue_of(*rows: tuple[str, float]) -> FairQueue[str]:
    """Return a queue of these people's items, named after the person and the position in the row."""
    queue: FairQueue[str] = FairQueue(lambda item: item != "unwanted")
    for position, (person, cost) in enumerate(rows):
        queue.add(person, cost, f"{person}{position}")
    return queue


def test_people_take_turns_each_in_their_own_order() -> None:
    queue = queue_of(("a", 1), ("a", 1), ("a", 1), ("b", 1), ("b", 1), ("c", 1))
    assert queue.take(10, 100) == ["a0", "b3", "c5", "a1", "b4", "a2"]
    assert len(queue) == 0


def test_a_newcomer_is_next_however_many_items_another_person_has() -> None:
    queue = queue_of(*[("flood", 1)] * 50)
    assert queue.take(1, 1) == ["flood0"]
    queue.add("late", 1, "late")
    assert queue.take(1, 1) == ["late"]


def test_a_costly_item_leaves_no_room_for_others_and_does_not_take_their_room() -> None:
    queue = queue_of(("a", 1000), ("b", 10), ("c", 1000), ("b", 10))
    assert queue.take(32, 1000) == ["a0"]
    assert queue.take(32, 1000) == ["b1", "b3"]
    assert queue.take(32, 1000) == ["c2"]


def test_an_old_item_has_its_turn_however_many_people_come_after_it() -> None:
    queue = queue_of(("flood", 9), ("flood", 9))
    taken: list[str] = []
    for number in range(40):
        queue.add(f"new{number}", 1, f"new{number}")
        taken += queue.take(1, 1)
    assert {"flood0", "flood1"} <= {*taken}


def test_cheap_items_have_more_turns_than_costly_ones() -> None:
    queue = queue_of(*[("costly", 1000)] * 3, *[("cheap", 100)] * 12)
    order = [queue.take(1, 1)[0][:5] for _ in range(15)]
    assert order[:12].count("cheap") >= 10


def test_an_item_over_every_budget_has_its_turn() -> None:
    assert queue_of(("a", 5000)).take(32, 10) == ["a0"]


def test_an_unwanted_item_is_dropped() -> None:
    queue = queue_of()
    queue.add("a", 1, "unwanted")
    queue.add("a", 1, "kept")
    assert (queue.take(1, 9), len(queue)) == (["kept"], 0)


@given(rows=ROWS, most=st.integers(1, 6), budget=st.integers(1, 20))
def test_every_item_is_taken_once_in_its_owners_order(rows: list[tuple[str, float]], most: int, budget: int) -> None:
    queue, taken = queue_of(*rows), []
    while len(queue):
        batch = queue.take(most, budget)
        assert 0 < len(batch) <= most
        taken += batch
    for person in "abcd":
        assert [item for item in taken if item[0] == person] == [
            f"{owner}{position}" for position, (owner, _) in enumerate(rows) if owner == person
        ]
    assert len(taken) == len(rows)
