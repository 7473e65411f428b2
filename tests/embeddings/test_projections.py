"""The folds of signals and facts."""

from datetime import timedelta

from services.embeddings.projections import KEPT_SIGNALS, LatestFacts, SignalHistory, apply_fact, apply_signal
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
    assert signal.value == -1


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
