"""The plan of what an engine reads of a text, and what a decision says about the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.moderation.domain import Decision, Facts, decide
from services.moderation.engines.text_reading import Plan, nothing, plan, whole
from shared.content import Content
from shared.log.events import Reading, Span
from shared.policy import DEFAULT_POLICY, Policy, ReadingLimit, load_policy
from shared.testing import AT
from tests.moderation.fakes import scores_of

SENTENCES = " ".join(f"Sentence {number} is about the tomatoes in row {number}." for number in range(200))
HOLD, SAMPLE = (
    ReadingLimit(characters=1000, beyond=beyond, message="This is too long to be read by a machine.")
    for beyond in ("hold", "sample")
)

WHO = ("We", "He", "They")


def _policy(limit: ReadingLimit | None) -> Policy:
    return load_policy(DEFAULT_POLICY).model_copy(update={"reading": limit})


def _decided(limit: ReadingLimit | None, reading: Reading | None) -> Decision:
    return decide(_policy(limit), scores_of(0.0), Facts((), AT, reading=reading))


def _covered(found: Plan) -> int:
    return len({place for window in found.windows for place in range(window.start, window.end)})


@given(title=st.text(max_size=50), body=st.text(min_size=1, max_size=3000), limit=st.sampled_from([None, HOLD, SAMPLE]))
def test_what_is_read_and_what_is_not_are_the_whole_text(title: str, body: str, limit: ReadingLimit | None) -> None:
    content = Content(title=title, body=body)
    found = plan(content, limit, "seed")
    reading = found.reading
    assert reading.characters == len(content.text)
    assert reading.read + sum(span.end - span.start for span in reading.unread) == len(content.text)
    assert found.forms
    if limit is None or len(content.text) <= limit.characters:
        assert reading == whole(len(content.text))


def test_without_a_limit_the_longest_text_is_read_completely() -> None:
    content = Content(title="Tomatoes", body=("word " * 8000)[:40_000])
    found = plan(content, None, "")
    assert found.reading == whole(40_010)
    assert _covered(found) >= 40_000


def test_the_default_policy_reads_the_longest_text_that_can_be_submitted() -> None:
    limit = load_policy(DEFAULT_POLICY).reading
    assert limit is not None
    assert plan(Content(title="t" * 300, body="b" * 40_000), limit, "").reading == whole(40_302)


def test_beyond_the_limit_the_beginning_is_read_and_the_text_is_held() -> None:
    found = plan(Content(body=SENTENCES), HOLD, "seed")
    (unread,) = found.reading.unread
    assert 800 <= unread.start <= 1000
    assert unread.end == len(SENTENCES)
    decision = _decided(HOLD, found.reading)
    assert decision.outcome == "held"
    assert [(reason.rule, reason.spans) for reason in decision.reasons] == [("check.unread", (unread,))]


def test_a_sample_is_not_held_but_its_gaps_are_known_and_differ_by_text() -> None:
    found, other = (plan(Content(title="Tomatoes", body=SENTENCES), SAMPLE, seed) for seed in ("one", "two"))
    assert 700 <= found.reading.read <= 1400
    assert len(found.reading.unread) > 1
    assert found.reading != other.reading
    assert found.windows[0].start == 0
    assert _decided(SAMPLE, found.reading).outcome == "published"


def test_every_longer_text_is_held_also_if_a_provider_has_read_it() -> None:
    found = plan(Content(body=SENTENCES[:1001]), HOLD, "")
    assert found.reading.read <= 1000
    assert _decided(HOLD, found.reading).outcome == _decided(HOLD, whole(1001)).outcome == "held"


@pytest.mark.parametrize("limit", [HOLD, SAMPLE])
def test_a_text_within_the_limit_is_not_held(limit: ReadingLimit) -> None:
    found = plan(Content(body=SENTENCES[:1000]), limit, "")
    assert found.reading == whole(1000)
    assert _decided(limit, found.reading).outcome == "published"


def test_an_engine_that_failed_has_read_nothing() -> None:
    assert nothing(5) == Reading(characters=5, read=0, unread=(Span(start=0, end=5),))
    assert nothing(0) == Reading(characters=0, read=0)


def test_the_strongest_window_is_marked_unless_it_is_the_whole_text() -> None:
    content = Content(title="Tomatoes", body="They are ripe in all of the six rows.")
    longer = Content(body=SENTENCES)
    found = plan(content, None, "")
    rows = {form: row for row, window in enumerate(found.windows) for form in window.forms}
    scores = np.zeros((len(found.windows), 2), np.float32)
    scores[rows[content.text], 0] = scores[rows["Tomatoes"], 1] = 0.9
    assert found.strongest(scores) == [None, Span(start=0, end=8)]
    assert found.whole == content.text
    parts = plan(longer, None, "")
    scores = np.zeros((len(parts.windows), 1), np.float32)
    scores[7] = 0.9
    assert parts.strongest(scores) == [Span(start=parts.windows[7].start, end=parts.windows[7].end)]
    assert parts.whole is None


def test_the_reason_of_a_score_marks_its_window() -> None:
    mark = Span(start=10, end=30)
    scores = {**scores_of(0.0), "violence": 1.0, "any_harm": 1.0}
    decision = decide(_policy(None), scores, Facts((), AT, marks={"violence": mark, "any_harm": mark}))
    assert [(reason.rule, reason.spans) for reason in decision.reasons] == [("score.violence", (mark,))]
    overall = decide(_policy(None), scores | {"violence": 0.0}, Facts((), AT, marks={"any_harm": mark}))
    assert [(reason.rule, reason.spans) for reason in overall.reasons] == [("score.any_harm", (mark,))]


def test_plans_of_the_same_places_have_the_same_digest_whatever_the_words() -> None:
    one, same = (
        plan(Content(body=f"{word} come to the gate of the garden."), None, "").digest for word in ("We", "He")
    )
    longer = plan(Content(body="They come to the gate of the garden."), None, "").digest
    assert one == same != longer
