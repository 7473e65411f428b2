"""The parts of a post's score."""

import pytest

from services.ranking.domain import PARTS
from shared.messaging.requests import PostHit, UserEmbeddingMatches
from tests.ranking.scenario import FixedUserEmbeddings, Scenario, number_of, post_id


async def test_the_newer_of_two_equal_posts_comes_first() -> None:
    scenario = Scenario()
    scenario.publish(1, age=2)
    scenario.publish(2, age=1)
    for sort in ("hot", "new", "for_you"):
        assert await scenario.order(sort=sort) == [2, 1]


async def test_votes_move_a_post_above_a_newer_one() -> None:
    scenario = Scenario()
    scenario.publish(1, age=3)
    scenario.publish(2, age=1)
    for voter in range(3):
        scenario.signal(1, f"voter-{voter}")
    assert await scenario.order(sort="hot") == [1, 2]
    assert await scenario.order(sort="top") == [1, 2]
    assert await scenario.order(sort="new") == [2, 1]


async def test_downvotes_move_a_post_down() -> None:
    scenario = Scenario()
    scenario.publish(1, age=1)
    scenario.publish(2, age=1)
    scenario.signal(2, "voter", -1)
    assert await scenario.order(sort="hot") == [1, 2]


async def test_a_vote_that_was_taken_back_does_not_count() -> None:
    scenario = Scenario()
    scenario.publish(1)
    scenario.publish(2)
    scenario.signal(1, "voter", 1)
    scenario.signal(1, "voter", 0)
    (first, second) = (await scenario.feed(sort="top")).items
    assert first.score == second.score == 0


async def test_a_vote_that_comes_before_its_post_counts() -> None:
    scenario = Scenario()
    scenario.signal(1, "voter")
    scenario.publish(2)
    scenario.publish(1)
    assert await scenario.order(sort="top") == [1, 2]


async def test_the_score_of_an_imported_post_counts_as_votes_on_a_logarithmic_scale() -> None:
    scenario = Scenario()
    scenario.publish(1, age=0, imported=999)
    scenario.publish(2, age=0, imported=9)
    scenario.publish(3, age=0)
    items = (await scenario.feed(sort="hot")).items
    assert [item.parts["votes"] for item in items] == pytest.approx([3, 1, 0])


async def test_replies_count_for_the_root_post_and_are_not_listed() -> None:
    scenario = Scenario()
    scenario.publish(1, age=1)
    scenario.publish(2, age=1)
    scenario.publish(3, parent_id=post_id(1), root_id=post_id(1))
    reply = scenario.publish(4, parent_id=post_id(3))
    assert await scenario.order(sort="hot") == [1, 2]
    discussed = (await scenario.feed(sort="hot")).items[0].parts["discussion"]
    scenario.hours += 1
    scenario.withdraw(reply)
    assert (await scenario.feed(sort="hot")).items[0].parts["discussion"] < discussed


@pytest.mark.parametrize(
    ("window", "expected"), [("hour", [3]), ("day", [2, 3]), ("week", [1, 2, 3]), ("all", [1, 2, 3])]
)
async def test_top_shows_the_posts_of_its_window(window: str, expected: list[int]) -> None:
    scenario = Scenario(hours=1000)
    scenario.publish(1, age=100, imported=30)
    scenario.publish(2, age=10, imported=20)
    scenario.publish(3, age=0.5, imported=10)
    assert await scenario.order(sort="top", window=window) == expected


async def test_a_community_feed_shows_only_its_own_posts() -> None:
    scenario = Scenario()
    scenario.publish(1, community="garden")
    scenario.publish(2, community="kitchen")
    assert await scenario.order(sort="new", community="kitchen") == [2]
    assert await scenario.order(sort="new", community="nowhere") == []


async def test_without_a_reader_for_you_equals_hot() -> None:
    scenario = Scenario()
    for number in range(20):
        scenario.publish(number, age=number % 7, imported=number * 3 % 11, community=f"c{number % 3}")
    personal, hot = await scenario.feed(sort="for_you"), await scenario.feed(sort="hot")
    assert personal.items == hot.items
    assert not personal.personalized


async def test_a_post_similar_to_the_user_embedding_ranks_higher_by_its_taste_part() -> None:
    embeddings = FixedUserEmbeddings(UserEmbeddingMatches(known=True, similarity={post_id(1): 0.6}))
    scenario = Scenario(embeddings)
    scenario.publish(1, age=10)
    scenario.publish(2, age=1)
    feed = await scenario.feed(sort="for_you", reader_id="reader")
    assert feed.personalized
    assert feed.items[0].post_id == post_id(1)
    assert feed.items[0].parts["taste"] > 0 == feed.items[1].parts["taste"]
    assert embeddings.requests == [("reader", (post_id(2), post_id(1)))]


async def test_a_similar_post_from_far_below_is_moved_up_too() -> None:
    scenario = Scenario(
        FixedUserEmbeddings(UserEmbeddingMatches(known=True, nearest=(PostHit(post_id=post_id(1), score=0.9),)))
    )
    scenario.publish(1, age=30)
    scenario.publish(2, age=1)
    assert await scenario.order(sort="for_you", reader_id="reader") == [1, 2]


async def test_votes_in_a_community_move_up_its_posts_for_that_reader_only() -> None:
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True)))
    scenario.publish(1, age=2, community="garden")
    scenario.publish(2, age=1, community="kitchen")
    scenario.publish(3, age=50, community="garden")
    scenario.signal(3, "reader")
    assert await scenario.order(sort="for_you", reader_id="reader") == [1, 2, 3]
    assert await scenario.order(sort="for_you", reader_id="another") == [2, 1, 3]


async def test_without_an_answer_from_embeddings_the_feed_is_everyones_and_not_personalized() -> None:
    scenario = Scenario(FixedUserEmbeddings(None))
    scenario.publish(1, community="garden")
    scenario.publish(2, community="kitchen")
    scenario.signal(1, "reader", -1)
    mine, everyones = await scenario.feed(sort="for_you", reader_id="reader"), await scenario.feed(sort="for_you")
    assert mine.items == everyones.items
    assert not mine.personalized


async def test_a_post_that_a_reader_has_seen_is_below_what_is_new_to_them() -> None:
    similarity = {post_id(number): 0.5 for number in range(4)}
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True, similarity=similarity)))
    for number in range(4):
        scenario.publish(number, age=number, author_id=f"author-{number}", community=f"c{number}")
    scenario.signal(0, "reader")
    scenario.signal(1, "reader", kind="read")
    items = (await scenario.feed(sort="for_you", reader_id="reader")).items
    assert {number_of(item.post_id) for item in items[2:]} == {0, 1}
    assert [item.parts["seen"] < 0 for item in items] == [False, False, True, True]
    assert await scenario.order(sort="for_you", reader_id="another") == [0, 1, 2, 3]


async def test_in_for_you_another_day_matters_less_the_older_a_post_is() -> None:
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True)), hours=10_000)
    for number, age in enumerate((0, 24, 24 * 30, 24 * 31)):
        scenario.publish(number, age=age, author_id=f"author-{number}", community=f"c{number}")
    items = (await scenario.feed(sort="for_you", reader_id="reader")).items
    fresh = [item.parts["freshness"] for item in items]
    assert fresh[0] == 0
    assert fresh[0] - fresh[1] > 10 * (fresh[2] - fresh[3]) > 0


async def test_what_a_reader_is_not_interested_in_is_missing_from_their_feed_at_once() -> None:
    for matches in (UserEmbeddingMatches(known=True, similarity={post_id(1): 0.9}), UserEmbeddingMatches(), None):
        scenario = Scenario(FixedUserEmbeddings(matches))
        scenario.publish(1, community="garden", author_id="ada")
        scenario.publish(2, community="kitchen", author_id="ada")
        scenario.publish(3, community="kitchen", author_id="bob")
        reading = {"sort": "for_you", "reader_id": "reader"}
        assert len(await scenario.order(**reading)) == 3
        assert await scenario.order(**reading, hidden_communities=("garden", "nowhere")) == [3, 2]
        assert await scenario.order(**reading, hidden_authors=("ada", "nobody")) == [3]
        scenario.publish(4, community="nowhere", author_id="bob")
        assert await scenario.order(**reading, hidden_communities=("nowhere",)) == await scenario.order(
            **reading, hidden_communities=("nowhere",), limit=50
        )
        assert 4 not in await scenario.order(**reading, hidden_communities=("nowhere",))
        assert len(await scenario.order(**reading)) == 4, "taken back"
        everyones = {"sort": "hot", "reader_id": "reader", "hidden_communities": ("garden",)}
        assert 1 in await scenario.order(**everyones), "only `for_you` is the reader's own"
        assert await scenario.order(**reading, community="garden", hidden_communities=("garden",)) == [1]


async def test_show_less_hides_a_post_from_that_reader_even_without_a_user_embedding() -> None:
    scenario = Scenario(FixedUserEmbeddings(None))
    scenario.publish(1)
    scenario.publish(2)
    assert await scenario.order(sort="for_you", reader_id="reader") == [2, 1]
    scenario.signal(1, "reader", 1, "less")
    assert await scenario.order(sort="for_you", reader_id="reader") == [2]
    assert await scenario.order(sort="for_you", reader_id="another") == [2, 1]


async def test_the_user_embedding_is_requested_occasionally_not_with_every_page() -> None:
    scenario = Scenario(FixedUserEmbeddings(UserEmbeddingMatches(known=True)))
    scenario.publish(1)
    for _ in range(3):
        await scenario.feed(sort="for_you", reader_id="reader")
    assert len(scenario.embeddings.requests) == 1
    scenario.hours += 1
    await scenario.feed(sort="for_you", reader_id="reader")
    assert len(scenario.embeddings.requests) == 2


async def test_every_listed_post_names_all_parts_of_its_score() -> None:
    scenario = Scenario()
    scenario.publish(1)
    assert tuple((await scenario.feed(sort="hot")).items[0].parts) == PARTS
