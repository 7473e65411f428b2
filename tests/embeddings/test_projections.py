"""The folds of signals and facts."""

from datetime import timedelta

from services.embeddings.projections import KEPT_SIGNALS, LatestFacts, SignalHistory, apply_fact, apply_signal, copies
from shared.log.events import Event, UserErased, record
from shared.log.signals import Signal, SignalKind
from shared.testing import AT, decided, edited, submitted, withdrawn


def made(post_id: str, kind: SignalKind = "vote", value: int = 1, user_id: str = "reader") -> Signal:
    return Signal(kind=kind, post_id=post_id, user_id=user_id, value=value, occurred_at=AT)


def folded(*signals: Signal) -> SignalHistory:
    history = SignalHistory()
    for each in signals:
        apply_signal(history, each)
    return history


def test_the_latest_signal_on_a_post_counts() -> None:
    (signal,) = folded(made("a", value=1), made("a", value=-1)).of("reader")
    assert (signal.value, signal.occurred_at) == (-1, AT)


def test_a_vote_and_a_read_of_one_post_are_two_signals() -> None:
    assert {each.kind for each in folded(made("a"), made("a", "read")).of("reader")} == {"vote", "read"}


def test_zero_takes_a_signal_back() -> None:
    assert folded(made("a"), made("a", value=0)).of("reader") == ()


def test_readers_do_not_share_signals() -> None:
    history = folded(made("a"), made("b", user_id="other"))
    assert [each.post_id for each in history.of("reader")] == ["a"]
    assert history.of("nobody") == ()


def test_the_oldest_signal_is_dropped_when_a_reader_has_too_many() -> None:
    history = folded(*(made(str(n)) for n in range(KEPT_SIGNALS)), made("0"), made("new"))
    kept = [each.post_id for each in history.of("reader")]
    assert len(kept) == KEPT_SIGNALS
    assert "1" not in kept
    assert kept[-2:] == ["0", "new"]


def at(event: Event, sequence: int) -> Event:
    return event.model_copy(update={"sequence": sequence})


def test_the_fact_with_the_highest_sequence_counts_in_any_order() -> None:
    post = at(submitted(), 1)
    facts = [at(decided(post), 2), at(edited(post), 3), at(withdrawn(post), 4)]
    for order in (facts, facts[::-1], facts * 2):
        latest = LatestFacts()
        for event in order:
            apply_fact(latest, event)
        assert latest.events() == [facts[-1]]


def test_facts_that_do_not_matter_to_the_index_are_skipped() -> None:
    assert apply_fact(LatestFacts(), at(submitted(), 1)).events() == []


def test_erasures_come_before_the_posts_of_the_erased() -> None:
    post = at(submitted(), 1)
    erased = at(record(UserErased(), "author-1", actor="user:author-1", at=AT + timedelta(days=1)), 9)
    latest = apply_fact(apply_fact(LatestFacts(), at(decided(post), 2)), erased)
    assert [event.type for event in latest.events()] == ["user.erased", "post.decided"]


def repeated(*facts: Event) -> set[int]:
    """Return the copies among facts that have the sequences 1, 2, 3 …"""
    return copies([at(fact, sequence) for sequence, fact in enumerate(facts, 1)])


POST = submitted("post-1")
EDIT = edited(POST)
DECISION = decided(POST)


def test_a_fact_that_is_stored_twice_is_a_copy() -> None:
    assert repeated(POST, DECISION) == set()
    assert repeated(DECISION, DECISION) == {2}
    assert repeated(EDIT, EDIT) == {2}


def test_an_edit_of_an_earlier_or_the_same_revision_is_a_copy() -> None:
    assert repeated(POST, edited(POST, revision=1)) == {2}
    assert repeated(POST, edited(POST, revision=2), edited(POST, revision=2)) == {3}
    assert repeated(POST, edited(POST, revision=3), edited(POST, revision=2)) == {3}
    assert repeated(edited(POST, revision=2), edited(POST, revision=3)) == set()
    assert repeated(edited(POST, revision=1)) == set()


def test_an_engine_decides_again_only_with_another_outcome_or_about_a_later_revision() -> None:
    assert repeated(decided(POST), decided(POST)) == {2}
    assert repeated(decided(POST), decided(POST, "held")) == set()
    assert repeated(decided(POST), decided(POST, revision=2)) == set()
    assert repeated(decided(POST, revision=2), decided(POST, "held", revision=1)) == {2}


def test_a_moderators_decision_is_not_compared_with_the_engines() -> None:
    by_person = decided(POST, decided_by="person")
    assert repeated(decided(POST), by_person) == set()
    assert repeated(by_person, decided(POST, "held")) == {2}
    assert repeated(by_person, decided(POST, "held", revision=2)) == set()


def test_after_a_copy_the_others_still_count() -> None:
    assert repeated(POST, DECISION, DECISION, EDIT, decided(POST, revision=2)) == {3}


def test_a_copy_does_not_replace_the_fact_that_came_after_the_original() -> None:
    post = at(POST, 1)
    facts = [at(decided(post), 2), at(decided(post, "rejected", decided_by="person"), 3), at(decided(post), 4)]
    latest = LatestFacts()
    for event in facts:
        apply_fact(latest, event)
    assert latest.events() == [facts[1]]


def test_the_latest_of_two_erasures_is_kept_in_any_order() -> None:
    first, second = (at(record(UserErased(), "ada", actor="user:ada", at=AT), number) for number in (3, 9))
    for order in ((first, second), (second, first), (second, second)):
        latest = LatestFacts()
        for event in order:
            apply_fact(latest, event)
        assert [event.sequence for event in latest.events()] == [9]


def test_every_copy_is_found_also_behind_another_one() -> None:
    assert repeated(DECISION, DECISION, EDIT, EDIT) == {2, 4}
    assert repeated(DECISION, EDIT, DECISION) == {3}
    refusal, publication = (decided(POST, outcome, decided_by="person") for outcome in ("rejected", "published"))
    assert repeated(refusal, publication, refusal) == {3}


def test_a_copy_of_the_only_fact_does_not_replace_it() -> None:
    latest = LatestFacts()
    for sequence in (2, 3):
        apply_fact(latest, at(DECISION, sequence))
    assert [event.sequence for event in latest.events()] == [2]


def test_the_histories_of_two_posts_do_not_mix() -> None:
    latest = LatestFacts()
    apply_fact(latest, at(decided(submitted("post-1")), 2))
    apply_fact(latest, at(decided(submitted("post-2")), 3))
    assert {post: event.sequence for post, event in latest.posts.items()} == {"post-1": 2, "post-2": 3}
