"""The rules of writing: what a user may write, and which stored fact is the one being sent."""

from datetime import timedelta

import pytest

from services.gateway.posts.domain import (
    OpenAppeal,
    PostHead,
    appeal_under_way,
    at_least,
    check_appeal,
    check_content,
    check_report,
    check_write,
    head_for_retry,
    head_of,
    is_same_edit,
    is_same_submission,
)
from services.gateway.view.change_set import State
from shared.content import Content
from shared.log.events import Event, PostAppealed, PostEdited, PostSubmitted, PostWithdrawn, UserErased, record
from shared.problems import Conflict, Forbidden, Invalid, NotFound, Problem
from shared.testing import AT, decided, edited, submitted, withdrawn

POST = submitted("post-1").model_copy(update={"sequence": 1})
HEAD = PostHead("author-1", "garden", revision=2, sequence=7, withdrawn=False)
ERASURE = record(UserErased(), "author-1", actor="user:author-1", at=AT)


def at(sequence: int, event: Event) -> Event:
    """Return an event with its place in the log."""
    return event.model_copy(update={"sequence": sequence})


def appealed(revision: int = 2) -> Event:
    """Return an appeal."""
    return record(PostAppealed(revision=revision, reason="s1.why"), "post-1", actor="user:author-1", at=AT)


def is_refused(problem: Problem, kind: type[Problem], code: str, detail: str) -> bool:
    """Return whether a problem says this to its caller."""
    return (type(problem), problem.code, problem.detail) == (kind, code, detail)


def test_the_head_of_a_post_comes_from_its_submission_and_its_last_fact() -> None:
    assert head_of(POST, POST) == PostHead("author-1", "garden", 1, 1, withdrawn=False)
    assert head_of(POST, at(5, edited(POST, revision=3))) == PostHead("author-1", "garden", 3, 5, withdrawn=False)
    assert head_of(POST, at(6, withdrawn(POST, revision=3))) == PostHead("author-1", "garden", 3, 6, withdrawn=True)


@pytest.mark.parametrize(("submission", "last"), [(edited(POST), POST), (POST, ERASURE), (ERASURE, ERASURE)])
def test_other_facts_have_no_head(submission: Event, last: Event) -> None:
    with pytest.raises(TypeError, match=f"^{submission.type}, {last.type}$"):
        head_of(submission, last)


def test_the_view_may_know_a_later_revision_or_a_withdrawal() -> None:
    assert at_least(HEAD, 3, "published") == PostHead("author-1", "garden", 3, 7, withdrawn=False)
    assert at_least(HEAD, 1, "withdrawn") == PostHead("author-1", "garden", 2, 7, withdrawn=True)
    gone = PostHead("author-1", "garden", 2, 7, withdrawn=True)
    assert at_least(gone, 2, "published") == gone


def test_without_a_fact_of_this_post_a_conflict_stays_a_conflict() -> None:
    assert head_for_retry(HEAD, PostWithdrawn(revision=2), None) is None
    assert head_for_retry(HEAD, PostWithdrawn(revision=2), at(9, ERASURE)) is None


@pytest.mark.parametrize(("title", "body"), [("A title", ""), ("", "A body"), ("A title", "A body"), ("  .", " ")])
def test_a_post_needs_a_title_or_a_text(title: str, body: str) -> None:
    check_content(Content(title=title, body=body), comment=False)


@pytest.mark.parametrize(("title", "body"), [("", ""), (" \n", "\t "), ("", "  ")])
@pytest.mark.parametrize("comment", [True, False])
def test_a_post_of_spaces_is_empty(title: str, body: str, comment: bool) -> None:
    if comment:
        title = ""
    with pytest.raises(Invalid) as refused:
        check_content(Content(title=title, body=body), comment=comment)
    assert is_refused(refused.value, Invalid, "empty", "The post is empty. Add a title or some text.")


def test_a_comment_has_a_text_and_no_title() -> None:
    check_content(Content(title="", body="A body"), comment=True)
    with pytest.raises(Invalid) as refused:
        check_content(Content(title="A title", body="A body"), comment=True)
    assert is_refused(refused.value, Invalid, "title_on_comment", "A comment has no title.")


def test_the_author_may_change_the_revision_that_they_saw_or_any() -> None:
    assert check_write(HEAD, "author-1", 2) is HEAD
    assert check_write(HEAD, "author-1", None) is HEAD


@pytest.mark.parametrize("head", [None, PostHead("author-1", "garden", 2, 7, withdrawn=True)])
def test_a_missing_or_withdrawn_post_cannot_be_changed(head: PostHead | None) -> None:
    with pytest.raises(NotFound) as refused:
        check_write(head, "author-1", 2)
    assert is_refused(refused.value, NotFound, "not_found", "There is no such post.")


def test_nobody_else_may_change_a_post() -> None:
    with pytest.raises(Forbidden) as refused:
        check_write(HEAD, "author-2", 2)
    assert is_refused(refused.value, Forbidden, "not_author", "Only the author may change this post.")


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_an_author_who_saw_another_revision_is_told_the_current_one(seen: int) -> None:
    with pytest.raises(Conflict) as refused:
        check_write(HEAD, "author-1", seen)
    detail = "The post has changed since you loaded it: it is at revision 2."
    assert is_refused(refused.value, Conflict, "revision_conflict", detail)


def test_an_undecided_appeal_is_under_way() -> None:
    rejection = at(5, decided(POST, "rejected", revision=2))
    assert appeal_under_way(HEAD, rejection, at(6, appealed())) == OpenAppeal("s1.why", 6, "rejected")


@pytest.mark.parametrize(
    ("decision", "appeal"),
    [
        (None, None),
        (None, at(6, appealed())),
        (at(5, decided(POST, "rejected", revision=2)), None),
        (at(7, decided(POST, "rejected", revision=2)), at(6, appealed())),
        (at(5, decided(POST, "rejected", revision=1)), at(6, appealed())),
        (at(5, decided(POST, "rejected", revision=2)), at(6, appealed(revision=1))),
        (at(5, decided(POST, "rejected", revision=1)), at(6, appealed(revision=1))),
        (at(5, edited(POST)), at(6, appealed())),
        (at(5, decided(POST, "rejected", revision=2)), at(6, withdrawn(POST, revision=2))),
    ],
)
def test_no_appeal_is_under_way_without_both_about_the_current_revision(
    decision: Event | None, appeal: Event | None
) -> None:
    assert appeal_under_way(HEAD, decision, appeal) is None


@pytest.mark.parametrize(
    ("decision", "appeal"),
    [
        (None, None),
        (at(5, edited(POST)), None),
        (at(5, decided(POST, "published", revision=2)), None),
        (at(5, decided(POST, "held", revision=1)), None),
        (at(5, decided(POST, "held", revision=2)), at(6, appealed())),
    ],
)
def test_what_cannot_be_appealed_is_said_so(decision: Event | None, appeal: Event | None) -> None:
    with pytest.raises(Conflict) as refused:
        check_appeal(HEAD, decision, appeal, AT)
    assert is_refused(refused.value, Conflict, "nothing_to_appeal", "There is no decision to appeal against.")


def test_an_appeal_is_possible_until_its_time_has_passed() -> None:
    hold = at(5, decided(POST, "held", revision=2, appeal_until=AT))
    assert check_appeal(HEAD, hold, at(4, appealed()), AT) == "held"
    with pytest.raises(Conflict) as refused:
        check_appeal(HEAD, hold, None, AT + timedelta(microseconds=1))
    assert is_refused(refused.value, Conflict, "appeal_too_late", "The time to appeal has passed.")
    assert check_appeal(HEAD, at(5, decided(POST, "held", revision=2)), None, AT) == "held"


def test_a_published_post_of_another_user_can_be_reported() -> None:
    check_report("author-1", "published", "ada")
    with pytest.raises(Forbidden) as own:
        check_report("ada", "published", "ada")
    detail = "This is your own post. You can withdraw it instead."
    assert is_refused(own.value, Forbidden, "own_post", detail)


@pytest.mark.parametrize("state", ["pending", "held", "rejected", "withdrawn"])
def test_a_post_that_is_not_published_cannot_be_reported(state: State) -> None:
    with pytest.raises(Conflict) as refused:
        check_report("author-1", state, "ada")
    assert is_refused(refused.value, Conflict, "not_published", "This post is not published.")


def test_a_repeated_submission_is_recognized_by_author_text_and_place() -> None:
    sent = submitted("post-1", parent_id="post-0").data
    assert isinstance(sent, PostSubmitted)
    assert is_same_submission(submitted("post-1", parent_id="post-0", preview_id="other"), sent)
    for change in ({"author_id": "ada"}, {"content_hash": "1" * 64}, {"community": "sea"}, {"parent_id": None}):
        other = submitted("post-1", **({"parent_id": "post-0"} | change))
        assert not is_same_submission(other, sent)
    assert not is_same_submission(edited(POST), sent)


def test_a_repeated_edit_is_recognized_by_author_text_and_revision() -> None:
    sent = edited(POST, revision=2).data
    assert isinstance(sent, PostEdited)
    assert is_same_edit(edited(POST, revision=2, content="s1.sealed again"), sent)
    for change in ({"author_id": "ada"}, {"content_hash": "2" * 64}, {"revision": 3}):
        assert not is_same_edit(edited(POST, **change), sent)
    assert not is_same_edit(POST, sent)
