"""Which posts are listed in a feed, and when they leave it."""

import pytest

from tests.ranking.scenario import Scenario

SORTS = ("for_you", "hot", "new", "top")


async def orders(scenario: Scenario) -> list[list[int]]:
    """Return the order of the posts for every sort."""
    return [await scenario.order(sort=sort) for sort in SORTS]


@pytest.mark.parametrize("outcome", ["held", "rejected"])
async def test_only_published_posts_are_listed(outcome: str) -> None:
    scenario = Scenario()
    scenario.submit(1)
    scenario.decide(scenario.submit(2), outcome)
    assert await orders(scenario) == [[]] * 4


async def test_a_post_is_listed_once_its_vector_is_stored() -> None:
    scenario = Scenario()
    post = scenario.submit(1)
    scenario.decide_only(post)
    assert await orders(scenario) == [[]] * 4
    scenario.embed(post)
    assert await orders(scenario) == [[1]] * 4


async def test_a_withdrawn_post_leaves_and_no_late_decision_brings_it_back() -> None:
    scenario = Scenario()
    post = scenario.publish(1)
    scenario.withdraw(post)
    assert await orders(scenario) == [[]] * 4
    scenario.decide(post)
    assert await orders(scenario) == [[]] * 4


async def test_an_edited_post_leaves_until_its_new_revision_is_published() -> None:
    scenario = Scenario()
    post = scenario.publish(1)
    scenario.edit(post)
    assert await orders(scenario) == [[]] * 4
    scenario.decide(post, revision=1)
    assert await orders(scenario) == [[]] * 4
    scenario.decide(post, revision=2)
    assert await orders(scenario) == [[1]] * 4


async def test_an_overturned_decision_removes_and_restores_the_post() -> None:
    scenario = Scenario()
    post = scenario.publish(1)
    scenario.decide_only(post, "rejected")
    assert await orders(scenario) == [[]] * 4
    scenario.decide_only(post, "published")
    assert await orders(scenario) == [[1]] * 4


async def test_an_erased_users_posts_leave_including_those_not_yet_decided() -> None:
    scenario = Scenario()
    scenario.publish(1, author_id="gone")
    scenario.publish(2, author_id="stays")
    reply = scenario.publish(3, author_id="gone", parent_id=scenario.events[3].entity_id)
    undecided = scenario.submit(4, author_id="gone")
    assert (await scenario.feed(sort="hot")).items[0].parts["discussion"] > 0
    scenario.erase("gone")
    scenario.decide(undecided)
    scenario.decide(reply)
    assert await orders(scenario) == [[2]] * 4
    assert (await scenario.feed(sort="hot")).items[0].parts["discussion"] == 0


async def test_a_withdrawn_post_is_missing_from_later_pages_of_an_older_ranking() -> None:
    scenario = Scenario()
    posts = [scenario.publish(number) for number in range(4)]
    first = await scenario.feed(sort="new", limit=2)
    scenario.withdraw(posts[1])
    assert await scenario.order(sort="new", limit=2, cursor=first.next) == [0]
