"""Properties of every feed: the parts add up, places are sorted, and re-ranking keeps the feed diverse."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.ranking.domain import PARTS, weights
from shared.ids import ARCHIVE_AUTHOR_ID
from shared.messaging.requests import UserEmbeddingMatches
from tests.ranking.scenario import FixedUserEmbeddings, Scenario, number_of, post_id

Post = tuple[int, int, float, int]  # author, community, age in hours, imported score
posts = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 500), st.integers(-50, 6000)), max_size=25
)
sorts = st.sampled_from(["for_you", "hot", "new", "top"])


def scenario_of(drawn: list[Post]) -> Scenario:
    """Return a scenario with these posts and a reader who likes some of them."""
    similarity = {post_id(number): number % 5 / 5 for number in range(len(drawn))}
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True, similarity=similarity)), hours=1000)
    for number, (author, community, age, score) in enumerate(drawn):
        fields = {"author_id": f"author-{author}", "community": f"c{community}"}
        scenario.publish(number, age=age, imported=score, **fields)
        scenario.signal(number, "reader", (number % 3) - 1)
    return scenario


@given(drawn=posts, sort=sorts)
async def test_the_parts_add_up_to_the_score_exactly_in_any_order(drawn: list[Post], sort: str) -> None:
    for item in (await scenario_of(drawn).feed(sort=sort, reader_id="reader")).items:
        values = [item.parts[part] for part in PARTS]
        assert sum(values) == item.score
        assert sum(reversed(values)) == item.score


@given(drawn=posts, sort=sorts)
async def test_places_are_sorted_by_score_and_then_by_id(drawn: list[Post], sort: str) -> None:
    items = (await scenario_of(drawn).feed(sort=sort, reader_id="reader")).items
    assert len(items) == len(drawn)
    for above, below in pairwise(items):
        assert (above.score, above.post_id) > (below.score, below.post_id)


@given(drawn=posts, sort=st.sampled_from(["for_you", "hot"]))
async def test_a_third_post_in_a_row_appears_only_where_no_alternative_was_left(drawn: list[Post], sort: str) -> None:
    order = await scenario_of(drawn).order(sort=sort, reader_id="reader")
    kinds = [drawn[number][:2] for number in order]
    # In `for_you`, a community that is new to the block goes before the author's rule.
    for kind in (0, 1) if sort == "hot" else (1,):
        other = 1 - kind
        for place in range(2, len(kinds)):
            run = {kinds[at][kind] for at in (place - 2, place - 1, place)}
            if len(run) == 1:
                # Every remaining post continues this run, or would be a third in a row of the other kind.
                excluded = {kinds[at][other] for at in (place - 2, place - 1)}
                rest = kinds[place:]
                assert all(left[kind] in run or {left[other]} == excluded for left in rest)


@given(drawn=posts, sort=st.sampled_from(["new", "top"]))
async def test_new_and_top_are_never_reranked(drawn: list[Post], sort: str) -> None:
    assert all(item.parts["variety"] == 0 for item in (await scenario_of(drawn).feed(sort=sort)).items)


async def test_a_reranked_post_shows_its_penalty() -> None:
    scenario = Scenario()
    for number, community in enumerate(("garden", "garden", "garden", "kitchen")):
        scenario.publish(number, age=number, author_id=f"author-{number}", community=community)
    items = (await scenario.feed(sort="hot")).items
    assert [number_of(item.post_id) for item in items] == [0, 1, 3, 2]
    assert [item.parts["variety"] < 0 for item in items] == [False, False, False, True]


async def test_a_reader_of_one_community_still_sees_ten_among_the_first_twenty() -> None:
    similarity = {post_id(number): 0.9 for number in range(40)}
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True, similarity=similarity)), hours=1000)
    for number in range(60):
        community = "garden" if number < 40 else f"c{number}"
        scenario.publish(number, age=1, author_id=f"author-{number}", community=community)
    items = (await scenario.feed(sort="for_you", reader_id="reader", limit=weights.BLOCK)).items
    others = [number for number in map(number_of, (item.post_id for item in items)) if number >= 40]
    assert len(set(others)) == weights.DISTINCT - 1
    assert len(others) == weights.DISTINCT - 1, "the rest is what they like"


async def test_within_one_community_only_author_runs_are_broken() -> None:
    scenario = Scenario()
    for number, author in enumerate(("ada", "ada", "ada", "bob")):
        scenario.publish(number, age=number, author_id=author)
    assert await scenario.order(sort="hot", community="garden") == [0, 1, 3, 2]


async def test_many_posts_of_one_community_do_not_bury_the_others() -> None:
    scenario = Scenario(hours=10_000)
    for number in range(1500):
        scenario.publish(number, age=1, author_id=f"author-{number}", community="flood")
    for number in range(1500, 1510):
        scenario.publish(number, age=5000, author_id=f"author-{number}", community="others")
    assert [number >= 1500 for number in await scenario.order(sort="hot", limit=6)] == [False, False, True] * 2


async def test_communities_alternate_even_if_one_author_wrote_everything() -> None:
    scenario = Scenario()
    for number in range(8):
        scenario.publish(number, age=number, community="garden" if number < 6 else "kitchen")
    assert await scenario.order(sort="hot") == [0, 1, 6, 2, 3, 7, 4, 5]


async def test_imported_posts_without_an_author_do_not_count_as_one_author() -> None:
    scenario = Scenario()
    for number, community in enumerate(("garden", "kitchen", "garden", "kitchen")):
        scenario.publish(number, age=number, author_id=ARCHIVE_AUTHOR_ID, community=community)
    scenario.publish(4, age=200, author_id="author-4", community="night-sky")
    items = (await scenario.feed(sort="hot")).items
    assert [number_of(item.post_id) for item in items] == [0, 1, 2, 3, 4]
    assert all(item.parts["variety"] == 0 for item in items)
