"""What moderation knows of a post, folded from its events."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.moderation.projections import CaseState, apply
from shared.events import Event, Fact, PostAppealed
from shared.events import record as put
from shared.testing import decided, edited, submitted, withdrawn

POST = submitted()


def _appealed(revision: int = 1) -> Event:
    fact: Fact = PostAppealed(revision=revision, reason="sealed")
    return put(fact, POST.entity_id, actor="user:author", at=datetime(2026, 3, 1, tzinfo=UTC))


def _log(*events: Event) -> list[Event]:
    """The events with the places that a log would give them: 10, 20, 30 …"""
    return [event.model_copy(update={"sequence": 10 * place}) for place, event in enumerate(events, 1)]


def _case(*events: Event) -> CaseState:
    state: CaseState | None = None
    for event in events:
        state = apply(state, event)
    assert state is not None
    return state


def test_a_submission_waits_for_an_engine() -> None:
    case = _case(*_log(POST))
    assert (case.revision, case.revision_sequence, case.last_sequence) == (1, 10, 10)
    assert case.awaits_engine
    assert not case.awaits_person


def test_nothing_is_known_before_the_submission() -> None:
    assert apply(None, _log(edited(POST))[0]) is None


def test_a_decision_ends_the_wait() -> None:
    case = _case(*_log(POST, decided(POST, "published")))
    assert not case.awaits_engine
    assert not case.awaits_person
    assert (case.revision_sequence, case.last_sequence) == (10, 20)


def test_an_edit_during_judgement_voids_the_decision() -> None:
    case = _case(*_log(POST, edited(POST, revision=2), decided(POST, "published", revision=1)))
    assert case.decision is None
    assert case.awaits_engine
    assert (case.revision, case.revision_sequence) == (2, 20)


def test_an_edit_after_a_decision_waits_again_with_the_new_content() -> None:
    case = _case(*_log(POST, decided(POST), edited(POST, revision=2, content="s1.new", content_hash="2" * 64)))
    assert case.awaits_engine
    assert (case.content, case.content_hash) == ("s1.new", "2" * 64)


def test_an_older_edit_does_not_bring_back_its_content() -> None:
    case = _case(*_log(POST, edited(POST, revision=3), edited(POST, revision=2, content="s1.old")))
    assert case.content == "s1.none"
    assert (case.revision, case.revision_sequence, case.last_sequence) == (3, 20, 30)


def test_what_is_held_waits_for_a_person_until_one_decides() -> None:
    held = decided(POST, "held")
    assert _case(*_log(POST, held)).awaits_person
    assert not _case(*_log(POST, held, decided(POST, "held", decided_by="person"))).awaits_person


def test_an_appeal_brings_what_was_rejected_to_a_person() -> None:
    rejected = decided(POST, "rejected")
    assert not _case(*_log(POST, rejected)).awaits_person
    case = _case(*_log(POST, rejected, _appealed()))
    assert case.awaits_person
    assert case.last_sequence == 30


def test_an_appeal_for_an_older_revision_is_void() -> None:
    events = _log(POST, decided(POST, "rejected"), _appealed(), edited(POST), decided(POST, "rejected", revision=2))
    assert not _case(*events).awaits_person


def test_nobody_judges_what_its_author_took_back() -> None:
    case = _case(*_log(POST, decided(POST, "held"), withdrawn(POST)))
    assert not case.awaits_engine
    assert not case.awaits_person


@given(st.lists(st.integers(0, 4), max_size=8))
def test_redelivery_of_any_earlier_event_changes_nothing(again: list[int]) -> None:
    history = (POST, decided(POST, "held"), _appealed(), edited(POST), decided(POST, "published", revision=2))
    events = _log(*history)
    case = _case(*events)
    assert _case(*events, *(events[place] for place in again)) == case
