"""Properties of every feed: the parts add up, places are in order, and variety is kept."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.ranking.domain import PARTS
from shared.ids import ARCHIVE_AUTHOR_ID
from shared.messaging.requests import UserEmbeddingMatches
from tests.ranking.worlds import ChangeSet, KnownTastes, number_of, post_id

Post = tuple[int, int, float, int]  # author, community, age in hours, imported score
posts = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 500), st.integers(-50, 6000)), max_size=25
)
sorts = st.sampled_from(["for_you", "hot", "new", "top"])


def world_of(made: list[Post]) -> ChangeSet:
    """A world with these posts, and a reader who likes some of it."""
    similarity = {post_id(number): number % 5 / 5 for number in range(len(made))}
    world = ChangeSet(KnownTastes(UserEmbeddingMatches(known=True, similarity=similarity)), hours=1000)
    for number, (author, community, age, score) in enumerate(made):
        fields = {"author_id": f"author-{author}", "community": f"c{community}"}
        world.publish(number, age=age, imported=score, **fields)
        world.signal(number, "reader", (number % 3) - 1)
    return world


@given(made=posts, sort=sorts)
async def test_the_parts_add_up_to_the_score_exactly_in_any_order(made: list[Post], sort: str) -> None:
    for item in (await world_of(made).feed(sort=sort, reader_id="reader")).items:
        values = [item.parts[part] for part in PARTS]
        assert sum(values) == item.score
        assert sum(reversed(values)) == item.score


@given(made=posts, sort=sorts)
async def test_places_are_in_order_of_score_and_then_of_id(made: list[Post], sort: str) -> None:
    items = (await world_of(made).feed(sort=sort, reader_id="reader")).items
    assert len(items) == len(made)
    for above, below in pairwise(items):
        assert (above.score, above.post_id) > (below.score, below.post_id)


@given(made=posts, sort=st.sampled_from(["for_you", "hot"]))
async def test_a_third_in_a_row_stands_only_where_no_other_was_left(made: list[Post], sort: str) -> None:
    order = await world_of(made).order(sort=sort, reader_id="reader")
    kinds = [made[number][:2] for number in order]
    for kind in (0, 1):
        other = 1 - kind
        for place in range(2, len(kinds)):
            run = {kinds[at][kind] for at in (place - 2, place - 1, place)}
            if len(run) == 1:
                # No post of the rest breaks this run, unless it made a third in a row of the other kind.
                tired = {kinds[at][other] for at in (place - 2, place - 1)}
                rest = kinds[place:]
                assert all(left[kind] in run or {left[other]} == tired for left in rest)


@given(made=posts, sort=st.sampled_from(["new", "top"]))
async def test_time_and_votes_are_never_rearranged(made: list[Post], sort: str) -> None:
    assert all(item.parts["variety"] == 0 for item in (await world_of(made).feed(sort=sort)).items)


async def test_a_post_that_waits_for_variety_shows_what_that_cost_it() -> None:
    world = ChangeSet()
    for number, community in enumerate(("garden", "garden", "garden", "kitchen")):
        world.publish(number, age=number, author_id=f"author-{number}", community=community)
    items = (await world.feed(sort="hot")).items
    assert [number_of(item.post_id) for item in items] == [0, 1, 3, 2]
    assert [item.parts["variety"] < 0 for item in items] == [False, False, False, True]


async def test_within_one_community_only_authors_vary() -> None:
    world = ChangeSet()
    for number, author in enumerate(("ada", "ada", "ada", "bob")):
        world.publish(number, age=number, author_id=author)
    assert await world.order(sort="hot", community="garden") == [0, 1, 3, 2]


async def test_a_flood_of_one_community_does_not_bury_the_others() -> None:
    world = ChangeSet(hours=10_000)
    for number in range(1500):
        world.publish(number, age=1, author_id=f"author-{number}", community="flood")
    for number in range(1500, 1510):
        world.publish(number, age=5000, author_id=f"author-{number}", community="others")
    assert [number >= 1500 for number in await world.order(sort="hot", limit=6)] == [False, False, True] * 2


async def test_one_author_of_everything_still_leaves_room_between_communities() -> None:
    world = ChangeSet()
    for number in range(8):
        world.publish(number, age=number, community="garden" if number < 6 else "kitchen")
    assert await world.order(sort="hot") == [0, 1, 6, 2, 3, 7, 4, 5]


async def test_imported_posts_without_an_author_make_no_run_of_one_author() -> None:
    world = ChangeSet()
    for number, community in enumerate(("garden", "kitchen", "garden", "kitchen")):
        world.publish(number, age=number, author_id=ARCHIVE_AUTHOR_ID, community=community)
    world.publish(4, age=200, author_id="author-4", community="night-sky")
    items = (await world.feed(sort="hot")).items
    assert [number_of(item.post_id) for item in items] == [0, 1, 2, 3, 4]
    assert all(item.parts["variety"] == 0 for item in items)
