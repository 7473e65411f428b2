"""What is in the feed, and what leaves it."""

import pytest

from tests.ranking.worlds import ChangeSet

SORTS = ("for_you", "hot", "new", "top")


async def orders(world: ChangeSet) -> list[list[int]]:
    """Every sort's feed."""
    return [await world.order(sort=sort) for sort in SORTS]


@pytest.mark.parametrize("outcome", ["held", "rejected"])
async def test_only_what_is_published_is_ranked(outcome: str) -> None:
    world = ChangeSet()
    world.submit(1)
    world.decide(world.submit(2), outcome)
    assert await orders(world) == [[]] * 4


async def test_a_post_is_ranked_once_its_vector_is_stored() -> None:
    world = ChangeSet()
    post = world.submit(1)
    world.judge(post)
    assert await orders(world) == [[]] * 4
    world.embed(post)
    assert await orders(world) == [[1]] * 4


async def test_a_withdrawn_post_leaves_and_no_late_decision_brings_it_back() -> None:
    world = ChangeSet()
    post = world.publish(1)
    world.withdraw(post)
    assert await orders(world) == [[]] * 4
    world.decide(post)
    assert await orders(world) == [[]] * 4


async def test_an_edited_post_leaves_until_its_new_revision_is_published() -> None:
    world = ChangeSet()
    post = world.publish(1)
    world.edit(post)
    assert await orders(world) == [[]] * 4
    world.decide(post, revision=1)
    assert await orders(world) == [[]] * 4
    world.decide(post, revision=2)
    assert await orders(world) == [[1]] * 4


async def test_an_overturned_decision_takes_the_post_out_and_in() -> None:
    world = ChangeSet()
    post = world.publish(1)
    world.judge(post, "rejected")
    assert await orders(world) == [[]] * 4
    world.judge(post, "published")
    assert await orders(world) == [[1]] * 4


async def test_an_erased_person_leaves_with_all_posts_also_those_still_on_their_way() -> None:
    world = ChangeSet()
    world.publish(1, author_id="gone")
    world.publish(2, author_id="stays")
    reply = world.publish(3, author_id="gone", parent_id=world.events[3].entity_id)
    on_its_way = world.submit(4, author_id="gone")
    assert (await world.feed(sort="hot")).items[0].parts["discussion"] > 0
    world.erase("gone")
    world.decide(on_its_way)
    world.decide(reply)
    assert await orders(world) == [[2]] * 4
    assert (await world.feed(sort="hot")).items[0].parts["discussion"] == 0


async def test_a_post_that_leaves_is_gone_from_pages_that_were_begun_before() -> None:
    world = ChangeSet()
    posts = [world.publish(number) for number in range(4)]
    first = await world.feed(sort="new", limit=2)
    world.withdraw(posts[1])
    assert await world.order(sort="new", limit=2, cursor=first.next) == [0]
