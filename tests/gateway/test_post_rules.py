"""The rules of writing posts: which facts another writer's fact gets in the way of."""

from datetime import timedelta

import pytest

from services.gateway.posts.domain import PostHead, check_appeal, check_write, head_for_retry, head_of
from services.gateway.projections import fold
from services.gateway.view.change_set import ChangeSet
from shared.log.events import Event, PostAppealed, PostEdited, PostFact, PostWithdrawn, record
from shared.problems import Conflict
from shared.testing import AT, decided, edited, submitted, withdrawn
from tests.made_up_facts import made_up

POST = submitted().model_copy(update={"sequence": 1})
HEAD = PostHead("author-1", "garden", revision=2, sequence=7, withdrawn=False)
EDIT = PostEdited(author_id="author-1", content="s1.none", content_hash="2" * 64, revision=3)
APPEAL = PostAppealed(revision=2, reason="s1.none")


def at(sequence: int, event: Event) -> Event:
    """Return an event with its place in the log."""
    return event.model_copy(update={"sequence": sequence})


def appealed(revision: int = 2) -> Event:
    """Return an appeal."""
    return record(PostAppealed(revision=revision, reason="s1.none"), POST.entity_id, actor="user:author-1", at=AT)


def test_a_new_kind_of_fact_keeps_the_revision_of_an_edited_post() -> None:
    head = head_of(POST, at(9, made_up(POST, revision=2)))
    assert (head.revision, head.sequence, head.withdrawn) == (2, 9, False)
    assert check_write(head, "author-1", 2) is head


@pytest.mark.parametrize("last", [decided(POST, revision=2), appealed(), made_up(POST, revision=2)])
@pytest.mark.parametrize("fact", [EDIT, PostWithdrawn(revision=2)])
def test_an_edit_is_retried_after_any_fact_about_the_same_revision(fact: PostFact, last: Event) -> None:
    moved = head_for_retry(HEAD, fact, at(9, last))
    assert moved is not None
    assert (moved.revision, moved.sequence) == (2, 9)


@pytest.mark.parametrize(
    "last",
    [edited(POST, revision=3), withdrawn(POST, revision=2), decided(POST, revision=3), made_up(POST, revision=3)],
)
def test_an_edit_conflicts_with_another_edit_and_with_a_withdrawal(last: Event) -> None:
    assert head_for_retry(HEAD, EDIT, at(9, last)) is None


def test_an_appeal_is_retried_after_a_new_kind_of_fact_only() -> None:
    assert head_for_retry(HEAD, APPEAL, at(9, made_up(POST, revision=2))) is not None
    assert head_for_retry(HEAD, APPEAL, at(9, decided(POST, revision=2))) is None
    assert head_for_retry(HEAD, APPEAL, at(9, appealed())) is None


def test_an_appeal_needs_an_unappealed_refusal_of_the_current_revision() -> None:
    rejection = at(7, decided(POST, "rejected", revision=2))
    assert check_appeal(HEAD, rejection, at(3, appealed(revision=1)), AT) == "rejected"
    publication = at(8, decided(POST, "published", revision=2))
    earlier = at(5, decided(POST, "rejected", revision=1))
    for decision, appeal in ((rejection, at(8, appealed())), (publication, None), (earlier, None), (None, None)):
        with pytest.raises(Conflict) as refused:
            check_appeal(HEAD, decision, appeal, AT)
        assert refused.value.code == "nothing_to_appeal"


def test_an_appeal_may_come_too_late() -> None:
    rejection = at(7, decided(POST, "rejected", revision=2, appeal_until=AT))
    with pytest.raises(Conflict) as refused:
        check_appeal(HEAD, rejection, None, AT + timedelta(seconds=1))
    assert refused.value.code == "appeal_too_late"


def test_a_new_kind_of_fact_changes_only_the_sequence_of_a_post_in_the_view() -> None:
    changes = ChangeSet()
    for event in (POST, at(2, decided(POST)), at(3, made_up(POST))):
        fold(changes, event)
    post = changes.posts[POST.entity_id]
    assert (post.state, post.revision, post.sequence, post.decision) == ("published", 1, 3, 2)
