"""What the service folds out of signals and facts."""

from datetime import timedelta

from services.embeddings.projections import KEPT_SIGNALS, Readers, Standing, apply_fact, apply_signal
from shared.log.events import Event, UserErased, record
from shared.log.signals import Signal, SignalKind
from shared.testing import AT, decided, edited, submitted, withdrawn


def said(post_id: str, kind: SignalKind = "vote", value: int = 1, user_id: str = "reader") -> Signal:
    return Signal(kind=kind, post_id=post_id, user_id=user_id, value=value, occurred_at=AT)


def folded(*signals: Signal) -> Readers:
    readers = Readers()
    for signal in signals:
        apply_signal(readers, signal)
    return readers


def test_the_last_word_on_a_post_stands() -> None:
    (signal,) = folded(said("a", value=1), said("a", value=-1)).of("reader")
    assert signal.value == -1


def test_a_vote_and_a_read_of_one_post_are_two_words() -> None:
    assert {signal.kind for signal in folded(said("a"), said("a", "read")).of("reader")} == {"vote", "read"}


def test_zero_takes_a_word_back() -> None:
    assert folded(said("a"), said("a", value=0)).of("reader") == ()


def test_readers_do_not_share_signals() -> None:
    readers = folded(said("a"), said("b", user_id="other"))
    assert [signal.post_id for signal in readers.of("reader")] == ["a"]
    assert readers.of("nobody") == ()


def test_the_oldest_signal_makes_room() -> None:
    readers = folded(*(said(str(n)) for n in range(KEPT_SIGNALS)), said("0"), said("new"))
    kept = [signal.post_id for signal in readers.of("reader")]
    assert len(kept) == KEPT_SIGNALS
    assert "1" not in kept
    assert kept[-2:] == ["0", "new"]


def at(event: Event, sequence: int) -> Event:
    return event.model_copy(update={"sequence": sequence})


def test_what_stands_is_the_fact_with_the_highest_sequence_in_any_order() -> None:
    post = at(submitted(), 1)
    facts = [at(decided(post), 2), at(edited(post), 3), at(withdrawn(post), 4)]
    for order in (facts, facts[::-1], facts * 2):
        standing = Standing()
        for event in order:
            apply_fact(standing, event)
        assert standing.events() == [facts[-1]]


def test_facts_that_say_nothing_about_the_index_are_passed_over() -> None:
    assert apply_fact(Standing(), at(submitted(), 1)).events() == []


def test_erasures_come_before_the_posts_of_the_erased() -> None:
    post = at(submitted(), 1)
    erased = at(record(UserErased(), "author-1", actor="user:author-1", at=AT + timedelta(days=1)), 9)
    standing = apply_fact(apply_fact(Standing(), at(decided(post), 2)), erased)
    assert [event.type for event in standing.events()] == ["user.erased", "post.decided"]
