"""Tests of the folds and queries of the view."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.gateway.accounts.projection import FOREVER
from services.gateway.modlog.queries import LogReader
from services.gateway.review.queries import Reviewer
from services.gateway.view.change_notifications import Counts, Decided, Published
from shared.log.events import (
    CommunityChanged,
    CommunityCreated,
    Event,
    Origin,
    PostAppealed,
    Reason,
    Span,
    UserReinstated,
    UserRoleGranted,
    UserSuspended,
)
from shared.testing import AT, decided, submitted, withdrawn
from tests.replay.folding import FoldedView, Place, Stored, Streams

AUTHOR, OTHER = "author-1", "other-1"
MODERATOR = Reviewer("moderator-1", 2, None)
REASONS = (Reason(rule="insults", category="harassment", message="Be kind.", spans=(Span(start=0, end=3),)),)


@pytest.fixture
def view(tmp_path: Path) -> Iterator[FoldedView]:
    made = FoldedView(tmp_path)
    yield made
    made.close()


@pytest.fixture
def log() -> Streams:
    streams = Streams()
    streams.register(AUTHOR, "ada")
    return streams


def into(log: Streams, state: str) -> Event:
    post = log.write()
    if state == "withdrawn":
        log.append(withdrawn(post))
    elif state != "pending":
        log.append(decided(post, state, reasons=REASONS, scores={"harassment": 0.7}))
    return post


@pytest.mark.parametrize(
    ("state", "other", "moderator"),
    [
        ("pending", False, True),
        ("published", True, True),
        ("held", False, True),
        ("rejected", False, True),
        ("withdrawn", False, False),
    ],
)
async def test_the_author_sees_every_state_and_others_only_published_posts(
    view: FoldedView, log: Streams, state: str, other: bool, moderator: bool
) -> None:
    post = into(log, state)
    await view.take(log)
    own = view.posts.post(post.entity_id, AUTHOR)
    assert own is not None
    words = ("", "") if state == "withdrawn" else ("A title", "Hello")
    assert (own.state, own.title, own.body, own.author.handle) == (state, *words, "ada")
    assert other is (view.posts.post(post.entity_id, OTHER) is not None)
    assert other is (view.posts.post(post.entity_id, None) is not None)
    assert moderator is (view.posts.post(post.entity_id, OTHER, moderator=True) is not None)
    assert [found.id for found in view.posts.own_posts(AUTHOR, None, 10)] == [post.entity_id]
    assert view.posts.own_posts(OTHER, None, 10) == []


async def test_only_author_and_moderators_see_the_reasons(view: FoldedView, log: Streams) -> None:
    post = log.write()
    log.append(decided(post, reasons=REASONS, failure_mode="model_away"))
    await view.take(log)
    for viewer, moderator, in_full in ((AUTHOR, False, True), (OTHER, True, True), (OTHER, False, False)):
        seen = view.posts.post(post.entity_id, viewer, moderator=moderator)
        assert seen is not None
        assert seen.decision is not None
        assert seen.decision.outcome == "published"
        assert seen.decision.failure_mode == ("model_away" if in_full else None)
        assert [reason.message for reason in seen.decision.reasons] == (["Be kind."] if in_full else [])


async def test_models_built_without_validation_are_valid(view: FoldedView, log: Streams) -> None:
    post, root = into(log, "held"), log.publish()
    answer = log.publish(parent_id=root.entity_id, root_id=root.entity_id)
    log.publish(parent_id=post.entity_id, root_id=post.entity_id)  # hidden with its root
    await view.take(log)
    tree = view.comments.comments(post.entity_id, OTHER)
    shown = view.posts.post(post.entity_id, AUTHOR)
    recent = view.posts.published_by(AUTHOR, OTHER, 20)
    assert shown is not None
    for made in (
        shown,
        tree,
        *recent,
        *view.review.waiting(MODERATOR, 5),
        *view.modlog.modlog(LogReader(), None, None, 5),
    ):
        assert type(made).model_validate(made.model_dump()) == made
    assert [found.id for found in recent] == [answer.entity_id, root.entity_id]
    assert view.posts.published_counts(AUTHOR) == (1, 1)


async def test_a_decision_for_an_older_revision_changes_nothing_but_the_last_sequence(
    view: FoldedView, log: Streams
) -> None:
    post = log.write()
    log.rewrite(post, "Hello again")
    await view.take(log)
    before = view.posts.post(post.entity_id, AUTHOR)
    late = log.append(decided(post, "rejected"))
    changes = await view.take(log)
    after = view.posts.post(post.entity_id, AUTHOR)
    assert before is not None
    assert after == before.model_copy(update={"sequence": late.sequence})
    assert changes == []
    assert view.stream.decisions_since(AUTHOR, 0, 10) == []


async def test_an_edit_hides_the_post_until_it_is_decided_again(view: FoldedView, log: Streams) -> None:
    post = log.publish()
    log.rewrite(post, "Hello again")
    await view.take(log)
    assert view.posts.post(post.entity_id, OTHER) is None
    own = view.posts.post(post.entity_id, AUTHOR)
    assert own is not None
    assert (own.state, own.revision, own.body, own.decision) == ("pending", 2, "Hello again", None)
    log.append(decided(post, revision=2))
    await view.take(log)
    shown = view.posts.post(post.entity_id, OTHER)
    assert shown is not None
    assert (shown.body, shown.edited_at) == ("Hello again", AT)


async def test_a_withdrawn_post_never_comes_back(view: FoldedView, log: Streams) -> None:
    post = log.publish()
    log.append(withdrawn(post))
    log.append(decided(post))
    last = log.rewrite(post, "Hello again")
    await view.take(log)
    head = view.posts.status(post.entity_id)
    assert head is not None
    assert (head.state, head.revision, head.sequence) == ("withdrawn", 1, last.sequence)
    assert view.stream.published_since(0, 10) == []


async def test_a_moderator_overturns_the_engine(view: FoldedView, log: Streams) -> None:
    post = into(log, "held")
    await view.take(log)
    (case,) = view.review.waiting(Reviewer("m", 1, ["garden"]), 10)
    assert (case.post.id, case.scores, case.reasons[0].rule) == (post.entity_id, {"harassment": 0.7}, "insults")
    assert view.review.waiting(Reviewer("m", 1, ["kitchen"]), 10) == []
    log.append(decided(post, decided_by="person"))
    changes = await view.take(log)
    assert [type(change) for change in changes] == [Decided, Published]
    assert view.review.waiting(MODERATOR, 10) == []
    assert view.modlog.modlog(LogReader(), "garden", None, 10) == []


async def test_an_appealed_rejection_waits_for_a_moderator(view: FoldedView, log: Streams) -> None:
    post = into(log, "rejected")
    await view.take(log)
    assert view.review.waiting(MODERATOR, 10) == []
    log.fact(PostAppealed(revision=1, reason="s1.none"), post.entity_id)
    await view.take(log)
    assert [case.post.state for case in view.review.waiting(MODERATOR, 10)] == ["rejected"]
    log.append(decided(post, "rejected", decided_by="person"))
    await view.take(log)
    assert view.review.waiting(MODERATOR, 10) == []


async def test_an_ordinary_publication_is_not_in_the_moderation_log(view: FoldedView, log: Streams) -> None:
    log.publish()
    into(log, "rejected")
    await view.take(log)
    assert [entry.outcome for entry in view.modlog.modlog(LogReader(), None, None, 10)] == ["rejected"]


async def test_an_imported_post_keeps_its_time_and_score(view: FoldedView, log: Streams) -> None:
    then = AT - timedelta(days=400)
    post = log.publish(origin=Origin(source_id="x", created_at=then, score=40))
    log.vote(post.entity_id, OTHER, 1)
    await view.take(log)
    shown = view.posts.post(post.entity_id, OTHER)
    assert shown is not None
    assert (shown.created_at, shown.score, shown.votes.up, shown.my_vote, shown.imported) == (then, 41, 1, 1, True)


async def test_repeated_votes_count_once(view: FoldedView, log: Streams) -> None:
    post = log.publish()
    await view.take(log)
    log.vote(post.entity_id, OTHER, 1)
    first = log.signals[-1]
    log.vote(post.entity_id, "third", -1)
    assert view.take_signals([*log.signals, *log.signals]) == [Counts(post.entity_id, 1, 1, 0, 0, 3)]
    assert view.take_signals(log.signals) == []
    log.vote(post.entity_id, OTHER, -1)
    view.take_signals([first, *log.signals])
    answer = view.posts.votes(post.entity_id, OTHER)
    assert answer is not None
    assert (answer.votes.up, answer.votes.down, answer.votes.score, answer.my_vote) == (0, 2, -2, -1)
    assert view.posts.votes("nothing", OTHER) is None


async def test_votes_may_arrive_before_their_post(view: FoldedView, log: Streams) -> None:
    post = log.publish()
    log.vote(post.entity_id, OTHER, 1)
    assert view.take_signals(log.signals) == []
    await view.take(log)
    shown = view.posts.post(post.entity_id, None)
    assert shown is not None
    assert (shown.score, shown.my_vote) == (1, 0)


async def test_roles_suspensions_and_communities_are_folded(view: FoldedView, log: Streams) -> None:
    log.fact(UserRoleGranted(role="moderator", community="garden"), AUTHOR)
    log.fact(UserRoleGranted(role="admin"), AUTHOR)
    log.fact(UserSuspended(reason="spam"), AUTHOR)
    log.fact(CommunityCreated(title="Garden"), "garden")
    log.fact(CommunityChanged(guideline="Be kind."), "garden")
    log.publish()
    into(log, "held")
    await view.take(log)
    user = view.accounts.user_by_handle("ada")
    assert user is not None
    assert user == view.accounts.user_by_id(AUTHOR)
    assert sorted(user.roles, key=str) == [("admin", None), ("moderator", "garden")]
    assert user.suspended_until == FOREVER
    log.fact(UserReinstated(), AUTHOR)
    await view.take(log)
    free = view.accounts.user_by_id(AUTHOR)
    assert free is not None
    assert free.suspended_until is None
    (garden,) = view.communities.all()
    assert garden == view.communities.named("garden")
    assert (garden.title, garden.guideline, garden.posts) == ("Garden", "Be kind.", 1)


async def test_a_stream_resumes_after_the_last_sequence(view: FoldedView, log: Streams) -> None:
    first, second = log.publish(), log.publish()
    await view.take(log)
    decisions = view.stream.decisions_since(AUTHOR, 0, 10)
    assert [one.post_id for one in decisions] == [first.entity_id, second.entity_id]
    assert view.stream.decisions_since(AUTHOR, decisions[0].sequence, 10) == decisions[1:]
    published = view.stream.published_since(decisions[0].sequence, 10)
    assert [one.post_id for one in published] == [second.entity_id]
    assert view.stream.published_since(published[-1].sequence, 10) == []


async def test_the_timeline_has_every_fact_in_order(view: FoldedView, log: Streams) -> None:
    post = log.write()
    log.append(decided(post, took_ms=3.5).model_copy(update={"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}))
    log.append(withdrawn(post))
    await view.take(log)
    facts = view.timeline.facts(post.entity_id)
    assert [fact.type for fact in facts] == ["post.submitted", "post.decided", "post.withdrawn"]
    assert (facts[1].outcome, facts[1].took_ms, (facts[1].traceparent or "")[:5]) == ("published", 3.5, "00-aa")


async def test_the_next_page_of_own_posts_continues_after_the_last(view: FoldedView, log: Streams) -> None:
    posts = [log.write(text=str(number)) for number in range(5)]
    await view.take(log)
    page = view.posts.own_posts(AUTHOR, None, 3)
    rest = view.posts.own_posts(AUTHOR, page[-1].sequence, 3)
    assert [post.id for post in (*page, *rest)] == [post.entity_id for post in reversed(posts)]


async def test_an_undecodable_message_is_skipped_and_recorded(view: FoldedView, log: Streams) -> None:
    log.events.append(Stored("events.post.submitted.x", b"{", Place(2)))
    post = log.publish()
    await view.take(log)
    assert view.posts.post(post.entity_id, None) is not None
    assert view.rows("SELECT stream, sequence FROM unreadable") == [("EVENTS", 2)]


async def test_a_text_without_a_key_is_hidden(view: FoldedView, log: Streams) -> None:
    post = log.append(submitted())
    log.append(decided(post))
    await view.take(log)
    assert view.posts.post(post.entity_id, AUTHOR) is None
    head = view.posts.status(post.entity_id)
    assert head is not None
    assert head.state == "published"
