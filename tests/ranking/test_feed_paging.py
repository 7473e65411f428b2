"""Paging: all pages together are the feed as it was when the first page was requested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ranking.domain import Cursor, read_cursor
from tests.ranking.scenario import Scenario, number_of, post_id

sorts = st.sampled_from(["for_you", "hot", "new", "top"])
actions = st.lists(st.sampled_from(["arrival", "vote", "removal", "late", "hour"]), max_size=12)


def filled(size: int) -> Scenario:
    """Return a scenario with posts of mixed age, votes, authors and communities."""
    scenario = Scenario(hours=500)
    for number in range(size):
        fields = {"author_id": f"author-{number % 4}", "community": f"c{number * 7 % 3}"}
        scenario.publish(number, age=number * 13 % 29, imported=number * 17 % 23, **fields)
    return scenario


# More than any feed here has: a walk through pages that never end fails.
MOST_PAGES = 1000


class OtherUsers:
    """Actions of other users between two pages."""

    def __init__(self, scenario: Scenario, size: int) -> None:
        self.scenario, self.next = scenario, size
        self.undecided = [scenario.submit(1000 + number, age=3) for number in range(12)]
        self.removed: set[int] = set()

    def act(self, what: str) -> None:
        """Perform one action."""
        match what:
            case "arrival":
                self.scenario.publish(self.next, age=self.next % 29, imported=self.next)
                self.next += 1
            case "vote":
                self.scenario.signal(self.next % 5, f"voter-{self.next}", 1)
            case "removal":
                number = len(self.removed) * 3
                self.scenario.withdraw(self.scenario.events[0].model_copy(update={"entity_id": post_id(number)}))
                self.removed.add(number)
            case "late":
                self.scenario.decide(self.undecided.pop())
            case "hour":
                self.scenario.hours += 1


async def walk(scenario: Scenario, meanwhile: list[str], others: OtherUsers, **fields: object) -> list[int]:
    """Page to the end while other users act between the pages."""
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await scenario.feed(cursor=cursor, **fields)
        seen += [number_of(item.post_id) for item in page.items]
        cursor = page.next
        if cursor is None:
            return seen
        if meanwhile:
            others.act(meanwhile.pop())
    raise AssertionError("the pages do not end")


@given(size=st.integers(0, 30), limit=st.integers(1, 7), sort=sorts, meanwhile=actions)
async def test_pages_show_the_feed_of_the_first_page_whatever_happens_in_between(
    size: int, limit: int, sort: str, meanwhile: list[str]
) -> None:
    scenario = filled(size)
    others = OtherUsers(scenario, size)
    as_of = await scenario.order(sort=sort)
    seen = await walk(scenario, meanwhile, others, sort=sort, limit=limit)
    assert [number for number in seen if number not in others.removed] == [
        number for number in as_of if number not in others.removed
    ]
    assert len(seen) == len(set(seen))


@given(size=st.integers(0, 30), limit=st.integers(1, 7), sort=sorts, arrivals=st.integers(0, 5))
async def test_paging_continues_after_a_restart_where_it_stopped(
    size: int, limit: int, sort: str, arrivals: int
) -> None:
    scenario = filled(size)
    others = OtherUsers(scenario, size)
    as_of = await scenario.order(sort=sort)
    first = await scenario.feed(sort=sort, limit=limit)
    for _ in range(arrivals):
        others.act("arrival")
        others.act("late")
    scenario.restart()
    rest: list[int] = []
    cursor = first.next
    for _ in range(MOST_PAGES):
        if not cursor:
            break
        page = await scenario.feed(sort=sort, limit=limit, cursor=cursor)
        rest += [number_of(item.post_id) for item in page.items]
        cursor = page.next
        scenario.restart()
    assert [number_of(item.post_id) for item in first.items] + rest == as_of


@pytest.mark.parametrize("sort", ["for_you", "hot", "new", "top"])
async def test_deep_pages_neither_skip_nor_repeat(sort: str) -> None:
    scenario = filled(700)
    seen = await walk(scenario, ["vote"] * 10, OtherUsers(scenario, 700), sort=sort, limit=50)
    assert len(seen) == len(set(seen)) == 700


async def test_a_post_published_later_appears_only_in_a_new_first_page() -> None:
    scenario = filled(6)
    others = OtherUsers(scenario, 6)
    first = await scenario.feed(sort="new", limit=2)
    others.act("late")
    rest = await scenario.order(sort="new", cursor=first.next)
    assert all(number < 1000 for number in rest)
    assert any(number >= 1000 for number in await scenario.order(sort="new"))


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "e30", "bnVsbA", "W10", "=" * 9])
async def test_text_that_is_not_a_cursor_is_refused(cursor: str) -> None:
    reply = await filled(3).feed(sort="new", cursor=cursor or " ")
    assert reply.refused == "bad_cursor"


async def test_a_cursor_of_another_feed_is_refused() -> None:
    scenario = filled(6)
    cursor = (await scenario.feed(sort="new", limit=2)).next
    assert (await scenario.feed(sort="hot", cursor=cursor)).refused == "bad_cursor"
    assert (await scenario.feed(sort="new", community="c1", cursor=cursor)).refused == "bad_cursor"


@given(
    sequence=st.integers(0, 2**63 - 1),
    at=st.floats(0, 2**33, exclude_max=True),
    place=st.integers(0, 2**31 - 1),
    score=st.floats(allow_nan=False, allow_infinity=False),
    sort=sorts,
)
async def test_a_forged_cursor_shows_only_listed_posts(
    sequence: int, at: float, place: int, score: float, sort: str
) -> None:
    scenario = filled(8)
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
    assert set(await scenario.order(sort=sort, cursor=forged.encode())) <= set(range(8))


async def test_a_cursor_does_not_give_access_to_another_readers_feed() -> None:
    scenario = filled(8)
    mine = (await scenario.feed(sort="for_you", reader_id="me", limit=2)).next
    other = await scenario.order(sort="for_you", cursor=mine)
    assert other == (await scenario.order(sort="for_you"))[2:]
