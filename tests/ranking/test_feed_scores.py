"""What a place in the feed is made of."""

import pytest

from services.ranking.domain import PARTS
from shared.messaging.requests import PostHit, UserEmbeddingMatches
from tests.ranking.worlds import ChangeSet, KnownTastes, post_id


async def test_the_newer_of_two_equal_posts_stands_first() -> None:
    world = ChangeSet()
    world.publish(1, age=2)
    world.publish(2, age=1)
    for sort in ("hot", "new", "for_you"):
        assert await world.order(sort=sort) == [2, 1]


async def test_votes_lift_a_post_over_a_newer_one() -> None:
    world = ChangeSet()
    world.publish(1, age=3)
    world.publish(2, age=1)
    for voter in range(3):
        world.signal(1, f"voter-{voter}")
    assert await world.order(sort="hot") == [1, 2]
    assert await world.order(sort="top") == [1, 2]
    assert await world.order(sort="new") == [2, 1]


async def test_votes_against_a_post_sink_it() -> None:
    world = ChangeSet()
    world.publish(1, age=1)
    world.publish(2, age=1)
    world.signal(2, "voter", -1)
    assert await world.order(sort="hot") == [1, 2]


async def test_a_vote_that_is_taken_back_no_longer_counts() -> None:
    world = ChangeSet()
    world.publish(1)
    world.publish(2)
    world.signal(1, "voter", 1)
    world.signal(1, "voter", 0)
    (first, second) = (await world.feed(sort="top")).items
    assert first.score == second.score == 0


async def test_a_vote_that_comes_before_its_post_counts() -> None:
    world = ChangeSet()
    world.signal(1, "voter")
    world.publish(2)
    world.publish(1)
    assert await world.order(sort="top") == [1, 2]


async def test_the_score_from_where_a_post_was_imported_counts_as_votes_but_dampened() -> None:
    world = ChangeSet()
    world.publish(1, age=0, imported=999)
    world.publish(2, age=0, imported=9)
    world.publish(3, age=0)
    items = (await world.feed(sort="hot")).items
    assert [item.parts["votes"] for item in items] == pytest.approx([3, 1, 0])


async def test_replies_count_for_the_root_and_are_not_in_the_feed() -> None:
    world = ChangeSet()
    world.publish(1, age=1)
    world.publish(2, age=1)
    world.publish(3, parent_id=post_id(1), root_id=post_id(1))
    reply = world.publish(4, parent_id=post_id(3))
    assert await world.order(sort="hot") == [1, 2]
    discussed = (await world.feed(sort="hot")).items[0].parts["discussion"]
    world.hours += 1
    world.withdraw(reply)
    assert (await world.feed(sort="hot")).items[0].parts["discussion"] < discussed


@pytest.mark.parametrize(
    ("window", "expected"), [("hour", [3]), ("day", [2, 3]), ("week", [1, 2, 3]), ("all", [1, 2, 3])]
)
async def test_top_shows_the_posts_of_its_window(window: str, expected: list[int]) -> None:
    world = ChangeSet(hours=1000)
    world.publish(1, age=100, imported=30)
    world.publish(2, age=10, imported=20)
    world.publish(3, age=0.5, imported=10)
    assert await world.order(sort="top", window=window) == expected


async def test_one_community_shows_its_own_posts_only() -> None:
    world = ChangeSet()
    world.publish(1, community="garden")
    world.publish(2, community="kitchen")
    assert await world.order(sort="new", community="kitchen") == [2]
    assert await world.order(sort="new", community="nowhere") == []


async def test_without_a_reader_the_personal_feed_is_the_hot_one() -> None:
    world = ChangeSet()
    for number in range(20):
        world.publish(number, age=number % 7, imported=number * 3 % 11, community=f"c{number % 3}")
    personal, hot = await world.feed(sort="for_you"), await world.feed(sort="hot")
    assert personal.items == hot.items
    assert not personal.personalized


async def test_a_post_near_the_readers_taste_stands_higher_and_says_so() -> None:
    tastes = KnownTastes(UserEmbeddingMatches(known=True, similarity={post_id(1): 0.6}))
    world = ChangeSet(tastes)
    world.publish(1, age=10)
    world.publish(2, age=1)
    feed = await world.feed(sort="for_you", reader_id="reader")
    assert feed.personalized
    assert feed.items[0].post_id == post_id(1)
    assert feed.items[0].parts["taste"] > 0 == feed.items[1].parts["taste"]
    assert tastes.asked == [("reader", (post_id(2), post_id(1)))]


async def test_a_near_post_from_far_below_is_lifted_too() -> None:
    world = ChangeSet(KnownTastes(UserEmbeddingMatches(known=True, nearest=(PostHit(post_id=post_id(1), score=0.9),))))
    world.publish(1, age=30)
    world.publish(2, age=1)
    assert await world.order(sort="for_you", reader_id="reader") == [1, 2]


async def test_votes_in_a_community_lift_its_posts_for_that_reader_alone() -> None:
    world = ChangeSet(KnownTastes(UserEmbeddingMatches(known=True)))
    world.publish(1, age=2, community="garden")
    world.publish(2, age=1, community="kitchen")
    world.publish(3, age=50, community="garden")
    world.signal(3, "reader")
    assert await world.order(sort="for_you", reader_id="reader") == [1, 2, 3]
    assert await world.order(sort="for_you", reader_id="another") == [2, 1, 3]


async def test_no_answer_about_taste_gives_the_feed_of_everyone_and_says_so() -> None:
    world = ChangeSet(KnownTastes(None))
    world.publish(1, community="garden")
    world.publish(2, community="kitchen")
    world.signal(1, "reader", -1)
    mine, everyones = await world.feed(sort="for_you", reader_id="reader"), await world.feed(sort="for_you")
    assert mine.items == everyones.items
    assert not mine.personalized


async def test_less_of_a_post_hides_it_from_that_reader_even_without_a_taste() -> None:
    world = ChangeSet(KnownTastes(None))
    world.publish(1)
    world.publish(2)
    assert await world.order(sort="for_you", reader_id="reader") == [2, 1]
    world.signal(1, "reader", 1, "less")
    assert await world.order(sort="for_you", reader_id="reader") == [2]
    assert await world.order(sort="for_you", reader_id="another") == [2, 1]


async def test_a_taste_is_asked_for_once_in_a_while_not_with_every_page() -> None:
    world = ChangeSet(KnownTastes(UserEmbeddingMatches(known=True)))
    world.publish(1)
    for _ in range(3):
        await world.feed(sort="for_you", reader_id="reader")
    assert len(world.tastes.asked) == 1
    world.hours += 1
    await world.feed(sort="for_you", reader_id="reader")
    assert len(world.tastes.asked) == 2


async def test_every_place_names_all_its_parts() -> None:
    world = ChangeSet()
    world.publish(1)
    assert tuple((await world.feed(sort="hot")).items[0].parts) == PARTS
