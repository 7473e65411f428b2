"""The folds of posts, reports and votes into the gateway's view, fact by fact."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.gateway.posts.vote_projection import Vote, VoteTallies
from services.gateway.projections import fold
from services.gateway.view.change_notifications import Decided, Published, TakenDown
from services.gateway.view.change_set import Appeal, ChangeSet, Opened, Post, Report, time_of
from services.gateway.view.tables import URGENCIES, USUAL
from shared.log.events import (
    Event,
    Fact,
    Origin,
    PostAppealed,
    Reason,
    ReportFiled,
    record,
)
from shared.testing import AT, decided, edited, submitted, withdrawn

POST = submitted("post-1")
TIME, LATER = "2026-01-02T03:04:05.000000+00:00", AT + timedelta(days=1)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def about(entity_id: str, fact: Fact, **fields: object) -> Event:
    """Return a fact about an entity."""
    return record(fact, entity_id, actor="user:moderator-1", at=AT).model_copy(update=fields)


def folded(events: Sequence[Event], opened: Opened = None, start: ChangeSet | None = None) -> ChangeSet:
    """Fold facts with the sequences 1, 2, 3 …, each with the same opened content."""
    change_set = start or ChangeSet()
    for sequence, event in enumerate(events, 1):
        fold(change_set, event.model_copy(update={"sequence": sequence}), opened)
    return change_set


def report(revision: int = 1, reporter: str = "ben", weight: int = 100) -> Event:
    """Return a report about the post."""
    fact = ReportFiled(post_id="post-1", revision=revision, reporter_id=reporter, reason="s1.none", weight=weight)
    return about("report-1", fact)


def test_a_submission_becomes_a_pending_post_with_its_text() -> None:
    change_set = folded([POST], ("A title", "A body"))
    expected = Post("post-1", "author-1", "garden", None, None, "pending", 1, 1, TIME)
    assert change_set.posts == {"post-1": expected}
    assert change_set.texts == {"post-1": ("A title", "A body")}
    assert change_set.touched == {"post-1"}
    assert [event.sequence for event in change_set.timeline] == [1]


def test_a_comment_has_the_root_that_it_names_or_else_its_parent() -> None:
    for root, expected in ((None, "parent"), ("root", "root")):
        post = folded([submitted("post-1", parent_id="parent", root_id=root)]).posts["post-1"]
        assert (post.parent_id, post.root_id) == ("parent", expected)


def test_an_imported_post_has_the_date_and_score_of_its_origin() -> None:
    dated = folded([submitted("post-1", origin=Origin(source_id="7", created_at=LATER, score=5))]).posts["post-1"]
    assert (dated.created_at, dated.origin_score, dated.imported, dated.date_known) == (time_of(LATER), 5, True, True)
    undated = folded([submitted("post-1", origin=Origin(source_id="7"))]).posts["post-1"]
    assert (undated.created_at, undated.origin_score, undated.imported) == (TIME, 0, True)
    assert undated.date_known is False


def test_a_submission_of_an_erased_author_is_withdrawn_and_has_no_text() -> None:
    change_set = folded([POST], ("A title", "A body"), ChangeSet(erased={"author-1"}))
    assert change_set.posts["post-1"].state == "withdrawn"
    assert change_set.texts == {"post-1": None}


def test_a_publication_is_announced_and_counted() -> None:
    decision = decided(POST, traceparent=None).model_copy(update={"traceparent": TRACE})
    change_set = folded([POST, decision])
    post = change_set.posts["post-1"]
    assert (post.state, post.decision, post.sequence, post.waiting) == ("published", 2, 2, False)
    assert change_set.changes == [
        Decided("post-1", "author-1", "garden", 1, "published", 2, TRACE),
        Published("post-1", "garden", "author-1", False, None, 2, TRACE),
    ]
    (row,) = change_set.decisions
    assert (row.sequence, row.post_id, row.author_id, row.community) == (2, "post-1", "author-1", "garden")
    assert (row.fact, row.decided_at, row.traceparent, row.published) == (decision.data, TIME, TRACE, True)
    assert (change_set.community_posts, change_set.comments) == ({"garden": 1}, {})


def test_a_published_comment_counts_for_its_root_and_no_longer_when_it_is_taken_down() -> None:
    comment = submitted("post-1", parent_id="root")
    change_set = folded([comment, decided(comment)])
    assert (change_set.comments, change_set.community_posts) == ({"root": 1}, {})
    assert change_set.changes[1] == Published("post-1", "garden", "author-1", True, "root", 2, None)
    fold(change_set, withdrawn(comment).model_copy(update={"sequence": 3}))
    assert change_set.comments == {"root": 0}
    assert change_set.changes[2:] == [TakenDown("post-1", "garden", 3)]


@pytest.mark.parametrize(("outcome", "waiting"), [("held", True), ("rejected", False)])
def test_a_refused_post_is_announced_as_decided_only(outcome: str, waiting: bool) -> None:
    change_set = folded([POST, decided(POST, outcome)])
    post = change_set.posts["post-1"]
    assert (post.state, post.waiting, post.decision) == (outcome, waiting, 2)
    assert [type(change) for change in change_set.changes] == [Decided]
    assert change_set.decisions[0].published is False
    assert change_set.community_posts == {}


def test_a_moderators_decision_takes_a_published_post_down() -> None:
    change_set = folded([POST, decided(POST), decided(POST, "rejected", decided_by="person")])
    assert change_set.posts["post-1"].state == "rejected"
    assert change_set.community_posts == {"garden": 0}
    assert TakenDown("post-1", "garden", 3) in change_set.changes


def test_a_decision_on_another_revision_changes_only_the_sequence() -> None:
    change_set = folded([POST, decided(POST, revision=2)])
    post = change_set.posts["post-1"]
    assert (post.state, post.decision, post.sequence) == ("pending", None, 2)
    assert change_set.decisions == []


def test_a_second_equal_judgement_of_the_engine_is_a_copy_and_another_one_counts() -> None:
    change_set = folded([POST, decided(POST), decided(POST)])
    assert change_set.posts["post-1"].decision == 2
    assert len(change_set.decisions) == 1
    changed = folded([POST, decided(POST), decided(POST, "held")])
    assert (changed.posts["post-1"].state, changed.posts["post-1"].decision) == ("held", 3)
    confirmed = folded([POST, decided(POST), decided(POST, decided_by="person")])
    assert confirmed.posts["post-1"].decision == 3
    assert [row.published for row in confirmed.decisions] == [True, False]


def test_an_edit_starts_a_new_revision_that_waits_for_its_decision() -> None:
    change_set = folded([POST, decided(POST)])
    fold(change_set, edited(POST).model_copy(update={"sequence": 3}), ("New title", "New body"))
    post = change_set.posts["post-1"]
    assert (post.state, post.revision, post.edited_at, post.decision) == ("pending", 2, TIME, None)
    assert post.waiting is False
    assert change_set.texts == {"post-1": ("New title", "New body")}
    assert change_set.words_replaced
    assert change_set.community_posts == {"garden": 0}
    assert change_set.changes[-1] == TakenDown("post-1", "garden", 3)


def test_an_edit_takes_a_held_post_out_of_the_queue() -> None:
    assert folded([POST, decided(POST, "held"), edited(POST)]).posts["post-1"].waiting is False


def test_an_old_edit_changes_nothing() -> None:
    change_set = folded([POST, edited(POST, revision=3), decided(POST, revision=3), edited(POST, revision=3)])
    assert (change_set.posts["post-1"].state, change_set.posts["post-1"].revision) == ("published", 3)


def test_a_withdrawal_is_final_and_removes_the_words() -> None:
    change_set = folded([POST, decided(POST, "held"), withdrawn(POST), decided(POST, revision=1), edited(POST)])
    post = change_set.posts["post-1"]
    assert (post.state, post.waiting, post.sequence, post.revision) == ("withdrawn", False, 5, 1)
    assert change_set.texts == {"post-1": ("", "")}
    assert change_set.words_replaced


@pytest.mark.parametrize(
    ("state", "revision", "counts"),
    [("held", 1, True), ("rejected", 1, True), ("published", 1, False), ("held", 2, False)],
)
def test_an_appeal_against_a_refusal_of_this_revision_waits_for_a_moderator(
    state: str, revision: int, counts: bool
) -> None:
    appeal = about("post-1", PostAppealed(revision=revision, reason="s1.none"))
    start = folded([POST, decided(POST, state)])
    start.posts["post-1"].waiting = False
    fold(start, appeal.model_copy(update={"sequence": 3}), "please")
    assert start.posts["post-1"].waiting is counts
    assert start.appeals == ([Appeal("post-1", 3, TIME, "please")] if counts else [])


def test_a_fact_about_an_unknown_post_changes_nothing() -> None:
    change_set = folded([decided(POST), report()])
    assert (change_set.posts, change_set.touched, change_set.reports) == ({}, set(), [])


def test_a_reported_post_stays_published_and_waits_until_a_moderator_decides() -> None:
    change_set = folded([POST, decided(POST)])
    change_set.touched.clear()
    fold(change_set, report().model_copy(update={"sequence": 3}), "spam")
    post = change_set.posts["post-1"]
    assert (post.state, post.waiting, post.reported) == ("published", True, 3)
    assert change_set.reports == [Report("post-1", 3, 1, "ben", "spam", 100)]
    assert change_set.touched == {"post-1"}
    by_engine = folded([POST, decided(POST), report(), edited(POST), decided(POST, revision=2)]).posts["post-1"]
    assert (by_engine.reported, by_engine.waiting) == (3, True)
    answer = decided(POST, decided_by="person").model_copy(update={"sequence": 4})
    fold(change_set, answer)
    assert (post.reported, post.waiting) == (None, False)


def test_only_the_first_report_is_dated_and_a_held_post_gains_no_second_reason_to_wait() -> None:
    post = folded([POST, decided(POST), report(), report(reporter="cem")]).posts["post-1"]
    assert post.reported == 3
    rejected = folded([POST, decided(POST, "rejected"), report()]).posts["post-1"]
    assert (rejected.waiting, rejected.reported) == (False, 3)
    held = folded([POST, decided(POST, "held"), report()]).posts["post-1"]
    assert held.waiting is True


def test_a_repeated_report_or_one_about_a_withdrawn_post_does_not_count() -> None:
    assert len(folded([POST, decided(POST), report(), report()]).reports) == 1
    assert folded([POST, withdrawn(POST), report()]).reports == []


def test_each_reporter_weighs_once_also_after_an_edit_and_until_a_moderator_decides() -> None:
    start = [POST, decided(POST), report(weight=10), report(reporter="cem", weight=30)]
    assert folded(start).posts["post-1"].report_weight == 40
    again = [*start, edited(POST), decided(POST, revision=2), report(2, weight=70), report(2, "cem", weight=20)]
    assert folded(again).posts["post-1"].report_weight == 100
    answered = [*again, decided(POST, revision=2, decided_by="person")]
    assert folded(answered).posts["post-1"].report_weight == 0
    rewritten = [*answered, edited(POST, revision=3), decided(POST, revision=3), report(3, weight=50)]
    assert folded(rewritten).posts["post-1"].report_weight == 50


def test_a_decision_on_one_post_keeps_the_reports_of_another() -> None:
    second = submitted("post-2")
    fact = ReportFiled(post_id="post-2", revision=1, reporter_id="ben", reason="s1.none", weight=10)
    reports = [report(weight=10), about("report-2", fact)]
    change_set = folded([POST, decided(POST), second, decided(second), *reports, decided(POST, decided_by="person")])
    assert change_set.open_reports == {("post-2", "ben"): 10}


def test_a_report_of_an_erased_reader_has_no_reason() -> None:
    change_set = folded([POST, decided(POST), report()], "spam", ChangeSet(erased={"ben"}))
    assert change_set.reports[0].reason is None
    assert folded([POST, decided(POST), report()], ("a", "text")).reports[0].reason is None


def test_a_vote_replaces_the_users_vote_before_it() -> None:
    tallies = VoteTallies({("post-1", "ada"): Vote(1, 100)})
    for value in (1, -1, -1, 0):
        tallies.take("post-1", "ada", Vote(value, 100))
    tallies.take("post-1", "ben", Vote(1, 10))
    tallies.take("post-2", "ben", Vote(-1, 100))
    assert tallies.votes == {
        ("post-1", "ada"): Vote(0, 100), ("post-1", "ben"): Vote(1, 10), ("post-2", "ben"): Vote(-1, 100)
    }  # fmt: skip
    # From the stored tallies, which include the loaded vote.
    assert (tallies.up, tallies.down) == ({"post-1": -90, "post-2": 0}, {"post-1": 0, "post-2": 100})


def test_each_vote_moves_the_tally_of_its_side() -> None:
    tallies = VoteTallies({("post-1", "ada"): Vote(-1, 40)})
    tallies.take("post-1", "ada", Vote(1, 70))
    assert (tallies.up, tallies.down) == ({"post-1": 70}, {"post-1": -40})
    tallies.take("post-1", "ada", Vote(1, 100))
    assert (tallies.up, tallies.down) == ({"post-1": 100}, {"post-1": -40})


def test_a_moderators_decision_is_an_act_with_its_reasons() -> None:
    reasons = (Reason(rule="a", category="spam", message="One."), Reason(rule="b", category="spam", message="Two."))
    change_set = folded([POST, decided(POST, "rejected", decided_by="person", reasons=reasons)])
    (act,) = change_set.acts
    assert (act.sequence, act.type, act.post_id, act.community) == (2, "post.decided", "post-1", "garden")
    assert (act.about_id, act.detail, act.reason, act.at) == ("author-1", "rejected", "One. Two.", TIME)
    assert folded([POST, decided(POST)]).acts == []


def test_every_new_key_of_a_batch_is_written() -> None:
    change_set = folded([POST, decided(POST), report(), report(reporter="cem")])
    assert len(change_set.new_repeat_keys) == 2
    assert change_set.new_repeat_keys == change_set.repeat_keys


@pytest.mark.parametrize(
    ("outcomes", "public"), [(["held"], False), (["rejected"], False), (["held", "published"], True)]
)
def test_a_post_counts_as_public_from_its_first_publication_on(outcomes: list[str], public: bool) -> None:
    decisions = [decided(POST, outcome) for outcome in outcomes]
    assert folded([POST, *decisions]).posts["post-1"].was_public == public
    if public:
        assert folded([POST, *decisions, decided(POST, "rejected")]).posts["post-1"].was_public


def test_one_reason_about_self_harm_marks_a_post_for_good() -> None:
    reasons = [
        Reason(rule="score.spam", category="spam", message="Spam."),
        Reason(rule="x", category="self_harm", message="Help."),
    ]
    marked = decided(POST, "held")
    marked = marked.model_copy(update={"data": marked.data.model_copy(update={"reasons": reasons})})
    assert not folded([POST, decided(POST, "held")]).posts["post-1"].support
    assert folded([POST, marked]).posts["post-1"].support
    assert folded([POST, marked, decided(POST, "published")]).posts["post-1"].support


@pytest.mark.parametrize(
    ("outcome", "categories", "urgency"),
    [
        ("held", ["spam", "sexual_minors", "self_harm"], "minors"),
        ("held", ["hate", "self_harm"], "crisis"),
        ("held", ["self_harm_encouragement"], "danger"),
        ("rejected", ["violence"], "danger"),
        ("held", ["hate"], "usual"),
        ("published", ["self_harm"], "usual"),
    ],
)
def test_a_held_post_has_the_urgency_of_its_gravest_reason(outcome: str, categories: list[str], urgency: str) -> None:
    reasons = [Reason(rule=f"score.{name}", category=name, message="Why.") for name in categories]
    judged = decided(POST, outcome)
    judged = judged.model_copy(update={"data": judged.data.model_copy(update={"reasons": reasons})})
    assert URGENCIES[folded([POST, judged]).posts["post-1"].urgency] == urgency
    # A person's hold keeps it, and another text begins again.
    by_person = decided(POST, "held")
    by_person = by_person.model_copy(update={"data": by_person.data.model_copy(update={"decided_by": "person"})})
    assert URGENCIES[folded([POST, judged, by_person]).posts["post-1"].urgency] == urgency
    assert folded([POST, judged, edited(POST)]).posts["post-1"].urgency == USUAL


def test_times_are_in_utc_wherever_the_gateway_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert time_of(AT) == TIME
    finally:
        monkeypatch.undo()
        time.tzset()
