"""Pages: together they are the feed as it was at the first of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ranking.domain import Cursor, read_cursor
from tests.ranking.worlds import ChangeSet, number_of, post_id

sorts = st.sampled_from(["for_you", "hot", "new", "top"])
happenings = st.lists(st.sampled_from(["arrival", "vote", "removal", "late", "hour"]), max_size=12)


def filled(size: int) -> ChangeSet:
    """A world with posts of mixed age, votes, authors and communities."""
    world = ChangeSet(hours=500)
    for number in range(size):
        fields = {"author_id": f"author-{number % 4}", "community": f"c{number * 7 % 3}"}
        world.publish(number, age=number * 13 % 29, imported=number * 17 % 23, **fields)
    return world


class Meanwhile:
    """What other people do between two pages."""

    def __init__(self, world: ChangeSet, size: int) -> None:
        self.world, self.next = world, size
        self.waiting = [world.submit(1000 + number, age=3) for number in range(12)]
        self.removed: set[int] = set()

    def happen(self, what: str) -> None:
        """One thing."""
        match what:
            case "arrival":
                self.world.publish(self.next, age=self.next % 29, imported=self.next)
                self.next += 1
            case "vote":
                self.world.signal(self.next % 5, f"voter-{self.next}", 1)
            case "removal":
                number = len(self.removed) * 3
                self.world.withdraw(self.world.events[0].model_copy(update={"entity_id": post_id(number)}))
                self.removed.add(number)
            case "late":
                self.world.decide(self.waiting.pop())
            case "hour":
                self.world.hours += 1


async def walk(world: ChangeSet, meanwhile: list[str], others: Meanwhile, **fields: object) -> list[int]:
    """Page through to the end, while things happen between the pages."""
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = await world.feed(cursor=cursor, **fields)
        seen += [number_of(item.post_id) for item in page.items]
        cursor = page.next
        if cursor is None:
            return seen
        if meanwhile:
            others.happen(meanwhile.pop())


@given(size=st.integers(0, 30), limit=st.integers(1, 7), sort=sorts, meanwhile=happenings)
async def test_pages_are_the_feed_of_the_first_page_whatever_happens_in_between(
    size: int, limit: int, sort: str, meanwhile: list[str]
) -> None:
    world = filled(size)
    others = Meanwhile(world, size)
    as_of = await world.order(sort=sort)
    seen = await walk(world, meanwhile, others, sort=sort, limit=limit)
    assert [number for number in seen if number not in others.removed] == [
        number for number in as_of if number not in others.removed
    ]
    assert len(seen) == len(set(seen))


@given(size=st.integers(0, 30), limit=st.integers(1, 7), sort=sorts, arrivals=st.integers(0, 5))
async def test_pages_go_on_after_a_restart_where_they_stopped(size: int, limit: int, sort: str, arrivals: int) -> None:
    world = filled(size)
    others = Meanwhile(world, size)
    as_of = await world.order(sort=sort)
    first = await world.feed(sort=sort, limit=limit)
    for _ in range(arrivals):
        others.happen("arrival")
        others.happen("late")
    world.restart()
    rest: list[int] = []
    cursor = first.next
    while cursor:
        page = await world.feed(sort=sort, limit=limit, cursor=cursor)
        rest += [number_of(item.post_id) for item in page.items]
        cursor = page.next
        world.restart()
    assert [number_of(item.post_id) for item in first.items] + rest == as_of


@pytest.mark.parametrize("sort", ["for_you", "hot", "new", "top"])
async def test_deep_pages_neither_skip_nor_repeat(sort: str) -> None:
    world = filled(700)
    seen = await walk(world, ["vote"] * 10, Meanwhile(world, 700), sort=sort, limit=50)
    assert len(seen) == len(set(seen)) == 700


async def test_a_post_published_late_waits_for_the_next_first_page() -> None:
    world = filled(6)
    others = Meanwhile(world, 6)
    first = await world.feed(sort="new", limit=2)
    others.happen("late")
    rest = await world.order(sort="new", cursor=first.next)
    assert all(number < 1000 for number in rest)
    assert any(number >= 1000 for number in await world.order(sort="new"))


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "e30", "bnVsbA", "W10", "=" * 9])
async def test_a_text_that_is_no_cursor_is_refused(cursor: str) -> None:
    reply = await filled(3).feed(sort="new", cursor=cursor or " ")
    assert reply.refused == "bad_cursor"


async def test_a_cursor_of_another_feed_is_refused() -> None:
    world = filled(6)
    cursor = (await world.feed(sort="new", limit=2)).next
    assert (await world.feed(sort="hot", cursor=cursor)).refused == "bad_cursor"
    assert (await world.feed(sort="new", community="c1", cursor=cursor)).refused == "bad_cursor"


@given(
    sequence=st.integers(0, 2**63 - 1),
    at=st.floats(0, 2**33, exclude_max=True),
    place=st.integers(0, 2**31 - 1),
    score=st.floats(allow_nan=False, allow_infinity=False),
    sort=sorts,
)
async def test_a_forged_cursor_shows_nothing_that_is_not_listed(
    sequence: int, at: float, place: int, score: float, sort: str
) -> None:
    world = filled(8)
    forged = Cursor.model_validate(
        {
            "sort": sort,
            "window": "all",
            "community": None,
            "sequence": sequence,
            "at": at,
            "place": place,
            "score": score,
            "post_id": "x",
        }
    )
    assert read_cursor(forged.encode()) == forged
    assert set(await world.order(sort=sort, cursor=forged.encode())) <= set(range(8))


async def test_another_reader_cannot_page_through_my_feed_with_my_cursor() -> None:
    world = filled(8)
    mine = (await world.feed(sort="for_you", reader_id="me", limit=2)).next
    theirs = await world.order(sort="for_you", cursor=mine)
    assert theirs == (await world.order(sort="for_you"))[2:]
