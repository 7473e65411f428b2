"""The communities and people that readers refuse, as the view knows them, and those that may be recommended."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.gateway.interests.projection import fold_interest
from services.gateway.interests.queries import Unwanted
from services.gateway.recommendations.domain import (
    Candidate,
    Found,
    Source,
    author_of,
    community_of,
    known_communities,
    shared_communities,
)
from services.gateway.view.change_set import ChangeSet, Opened
from shared.log.events import (
    CommunityCreated,
    InterestChanged,
    UserApproved,
    UserRegistered,
    UserReinstated,
    UserSuspended,
    record,
)
from shared.messaging.requests import PostHit
from shared.testing import AT, submitted, withdrawn
from tests.replay.folding import FakeKeys, FoldedView, Streams

ADA, BEN, EVE = "ada-1", "ben-1", "eve-1"


@pytest.fixture
def view(tmp_path: Path) -> Iterator[FoldedView]:
    made = FoldedView(tmp_path)
    yield made
    made.close()


def people() -> Streams:
    log = Streams()
    for user_id in (ADA, BEN, EVE):
        log.register(user_id, user_id.removesuffix("-1"))
    log.fact(CommunityCreated(title="Canary garden"), "garden")
    return log


async def test_a_no_counts_for_its_reader_until_it_is_taken_back(view: FoldedView) -> None:
    log = people()
    first = log.interest(ADA, "community", "garden")
    log.interest(ADA, "person", BEN)
    await view.take(log)
    assert view.interests.unwanted(ADA) == Unwanted(("garden",), (BEN,))
    assert view.interests.unwanted(BEN) == view.interests.unwanted(None) == Unwanted()
    listed = view.interests.listed(ADA)
    assert [(one.name, one.title, one.since) for one in listed.communities] == [("garden", "Canary garden", AT)]
    assert [one.handle for one in listed.people] == ["ben"]
    log.interest(ADA, "community", "garden", interested=True)
    log.append(first)  # a stored copy of the first no
    await view.take(log)
    assert view.interests.unwanted(ADA) == Unwanted((), (BEN,))


async def test_an_erasure_removes_what_the_reader_refused_and_hides_the_refused(view: FoldedView) -> None:
    log = people()
    log.interest(ADA, "community", "canary-of-ada")
    log.interest(EVE, "person", ADA)
    await view.take(log)
    assert b"canary-of-ada" in view.bytes()
    log.erase(ADA)
    log.interest(ADA, "community", "canary-of-ada")  # sent at the same moment
    await view.take(log)
    assert view.interests.unwanted(ADA) == Unwanted()
    assert b"canary-of-ada" not in view.bytes()
    assert view.interests.listed(EVE).people == []


async def test_only_people_in_good_standing_who_can_sign_in_are_recommended(view: FoldedView) -> None:
    log = people()
    log.register("waits-1", "waits", waits=True)
    handle = FakeKeys.make("imported-1").seal(b"old.imported", "imported-1")
    log.fact(UserRegistered(handle=handle, imported=True), "imported-1")
    log.fact(UserSuspended(reason="spam"), BEN)
    log.fact(UserSuspended(reason="spam", until=AT + timedelta(days=1)), EVE)
    everybody = [ADA, BEN, EVE, "waits-1", "imported-1", "nobody"]
    await view.take(log)
    assert view.recommended.handles(everybody) == {ADA: "ada", EVE: "eve"}, "a suspension that has ended counts no more"
    log.fact(UserReinstated(), BEN, minutes=1)
    log.fact(UserApproved(), "waits-1", minutes=1)
    log.erase(ADA)
    await view.take(log)
    assert view.recommended.handles(everybody) == {BEN: "ben", EVE: "eve", "waits-1": "waits"}


async def test_posts_that_are_not_public_recommend_nothing(view: FoldedView) -> None:
    log = people()
    shown, gone, pending = log.publish(BEN, "Shown"), log.publish(BEN, "Gone"), log.write(BEN, "Pending")
    log.append(withdrawn(gone))
    await view.take(log)
    ids = [post.entity_id for post in (shown, gone, pending)]
    assert set(view.recommended.sources(ids)) == set(view.recommended.titles(ids)) == {ids[0]}
    assert view.recommended.titles(ids)[ids[0]] == view.posts.posts(ids, None)[ids[0]].title
    assert view.recommended.writes_in(BEN) == {view.recommended.sources(ids)[ids[0]].community}
    assert view.recommended.communities(["garden", "nowhere"]) == {"garden": "Canary garden"}


def hits(**scores: float) -> list[PostHit]:
    return [PostHit(post_id=post_id, score=score, because=f"liked-{post_id}") for post_id, score in scores.items()]


SOURCES = {
    "a": Source("garden", BEN), "b": Source("garden", BEN), "c": Source("garden", EVE), "d": Source("kitchen", EVE),
    "e": Source("kitchen", EVE), "f": Source("lonely", BEN), "g": Source("garden", BEN),
}  # fmt: skip


def test_the_nearest_posts_of_a_community_or_a_person_decide_and_name_the_reason() -> None:
    found = Found(hits(a=0.9, b=0.8, c=0.7, d=0.5, e=0.4, f=0.95, g=0.3, unknown=0.9), [], [], SOURCES)
    garden, kitchen = found.candidates(community_of, left_out=frozenset())
    assert garden == Candidate("garden", "voted", 0.8, "liked-a"), "the fourth nearest changes nothing"
    assert (kitchen.id, kitchen.score) == ("kitchen", 0.3), "a missing third counts as 0"
    assert [one.id for one in found.candidates(author_of, left_out=frozenset({EVE}))] == [BEN]


def test_one_near_post_is_not_enough() -> None:
    found = Found(hits(f=0.95), [], [], SOURCES)
    assert found.candidates(community_of, left_out=frozenset()) == []


def test_without_a_taste_the_hottest_posts_recommend() -> None:
    found = Found([], [], ["d", "e", "a", "unknown"], SOURCES)
    assert found.candidates(community_of, left_out=frozenset({"lonely"})) == [
        Candidate("kitchen", "popular"),
        Candidate("garden", "popular"),
    ]
    assert [one.id for one in found.candidates(author_of, left_out=frozenset({EVE}))] == [BEN]


def test_a_community_with_several_votes_is_known_and_shared_communities_are_named() -> None:
    found = Found(hits(c=0.7, d=0.5), ["a", "b", "c", "d", "unknown"], [], SOURCES)
    assert known_communities(found) == {"garden"}
    assert shared_communities(EVE, found) == ["garden", "kitchen"]
    assert shared_communities(BEN, found) == []


def test_a_score_has_four_digits_and_a_reason_only_if_the_hits_have_one() -> None:
    near = [
        PostHit(post_id=post_id, score=score) for post_id, score in (("a", 0.33333), ("b", 0.33333), ("c", 0.33335))
    ]
    (garden,) = Found(near, [], [], SOURCES).candidates(community_of, left_out=frozenset())
    assert garden == Candidate("garden", "voted", 0.3333, "")


@pytest.mark.parametrize(("erased", "opened"), [(set(), None), (set(), "lost"), ({ADA}, ("community", "garden"))])
def test_an_interest_that_cannot_be_read_or_of_an_erased_reader_changes_nothing(
    erased: set[str], opened: Opened
) -> None:
    change_set = ChangeSet()
    change_set.erased |= erased
    fact = InterestChanged(target="s1.none", interested=False)
    fold_interest(change_set, record(fact, ADA, actor=f"user:{ADA}", at=AT), opened)
    fold_interest(change_set, withdrawn(submitted()), ("community", "garden"))
    assert change_set.not_interested == {}
