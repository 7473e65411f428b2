"""Thresholds are chosen together, keep every forum within its limit, and reject nothing that a person should decide."""

import json
from pathlib import Path

import numpy as np
import pytest

from services.moderation.training import thresholds, tuned_thresholds, tuning_set
from services.moderation.training.thresholds import (
    MAX_HELD_SHARE,
    MIN_REJECT_SCORE,
    NEVER_REJECTED,
    RESERVED,
    Forum,
    Harm,
    Thresholds,
    choose_thresholds,
    curve,
)
from services.moderation.training.window_scores import score_windows
from shared.model.categories import ANY_HARM, SCORES
from shared.model.encoder import Encoder
from shared.model.pinned_files import MODEL_SHA256
from shared.policy.windows import windows

pytestmark = pytest.mark.long
ANY = SCORES.index(ANY_HARM)
CALM = "The kettle boils, the tea steeps, and somebody asks about the garden. "
HARM = "You are a worthless pig and I will break your neck."


def _forum(name: str, count: int, strength: float) -> Forum:
    scores = np.random.default_rng(count).beta(0.3, 5 / strength, (count, len(SCORES))).astype(np.float32)
    return Forum(name, scores)


def _share(forum: Forum, thresholds: Thresholds, *, rejected: bool = False) -> float:
    bounds = thresholds.reject if rejected else thresholds.hold
    return float((forum.scores >= bounds).any(axis=1).mean())


@pytest.fixture(scope="module")
def forums() -> list[Forum]:
    return [_forum("calm", 2000, 1), _forum("heated", 500, 3)]


@pytest.fixture(scope="module")
def harm() -> Harm:
    rng = np.random.default_rng(7)
    found = rng.beta(0.3, 5, (600, len(SCORES))).astype(np.float32)
    # The column of any harm finds most of it, each other column finds little.
    found[:, ANY] = rng.beta(5, 1, 600)
    found[:60, 0] = 0.97
    return Harm.of([(found, 1.0)])


def test_no_forum_has_more_posts_held_or_rejected_than_its_limit(forums: list[Forum], harm: Harm) -> None:
    chosen = choose_thresholds(forums, harm)
    for forum in forums:
        assert _share(forum, chosen) <= MAX_HELD_SHARE, forum.name
        assert _share(forum, chosen, rejected=True) <= 0.001, forum.name


def test_thresholds_chosen_together_stop_more_than_an_equal_share_for_each_column(
    forums: list[Forum], harm: Harm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "RESERVED", {})
    chosen = choose_thresholds(forums, harm)
    posts = np.concatenate([forum.scores for forum in forums])
    equal = np.quantile(posts, 1 - MAX_HELD_SHARE / len(SCORES), axis=0)
    stopped = [float((harm.scores >= hold).any(axis=1).mean()) for hold in (chosen.hold, equal)]
    assert stopped[0] > stopped[1] + 0.05
    assert chosen.hold[ANY] < equal[ANY]


def test_columns_with_a_share_of_their_own_hold_as_many_posts_whatever_they_find(harm: Harm) -> None:
    calm = _forum("calm", 4000, 1)
    chosen = choose_thresholds([calm], harm)
    for name, reserved in RESERVED.items():
        column = SCORES.index(name)
        held = (calm.scores[:, column] >= chosen.hold[column]).mean()
        assert reserved / 2 <= held <= MAX_HELD_SHARE, name


def test_hard_cases_may_use_their_own_limit_for_these_columns(forums: list[Forum], harm: Harm) -> None:
    crisis = SCORES.index("self_harm")
    talk = np.zeros((100, len(SCORES)), np.float32)
    talk[:, crisis] = np.linspace(0, 1, 100)
    alone = choose_thresholds(forums, harm).hold[crisis]
    strict = choose_thresholds([*forums, Forum("talk", talk, 0.001, ordinary=False)], harm).hold[crisis]
    lenient = choose_thresholds([*forums, Forum("talk", talk, 0.5, ordinary=False)], harm).hold[crisis]
    assert strict > 0.99
    assert lenient == alone


def test_nothing_is_rejected_that_a_person_should_decide(forums: list[Forum], harm: Harm) -> None:
    document = choose_thresholds(forums, harm).document()
    assert {name for name in SCORES if document[name]["reject"] is None} == set(NEVER_REJECTED)
    assert all(bounds["reject"] is None or bounds["reject"] >= MIN_REJECT_SCORE for bounds in document.values())
    hold, support = document["self_harm"]["hold"], document["self_harm"]["support"]
    assert support is not None
    assert hold is None or support <= hold


def test_thresholds_are_the_same_after_writing_and_reading(forums: list[Forum], harm: Harm) -> None:
    chosen = choose_thresholds(forums, harm)
    read = Thresholds.read(json.loads(json.dumps(chosen.document())))
    assert (read.hold == chosen.hold).all()
    assert (read.reject == chosen.reject).all()
    assert read.support == pytest.approx(chosen.support)


def test_more_harm_is_stopped_where_more_posts_may_be_held(forums: list[Forum], harm: Harm) -> None:
    points = curve(forums, harm, [0.001, 0.01, 0.1])
    assert points[0]["stopped"] < points[1]["stopped"] < points[2]["stopped"]
    assert all(point["held"] <= point["limit"] for point in points)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def test_a_text_has_the_highest_scores_of_its_windows(encoder: Encoder) -> None:
    behind, calm = score_windows(encoder, [CALM * 12 + HARM, CALM * 12])
    forms = [form for window in windows("", CALM * 12 + HARM) for form in window.forms]
    assert behind == pytest.approx(encoder.assess(forms)[1].max(axis=0), abs=1e-4)
    assert calm[ANY] < 0.5 < behind[ANY]
    assert (score_windows(encoder, [" "]) == 0).all()


def test_an_operator_gets_thresholds_for_their_own_posts(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Harm
) -> None:
    monkeypatch.setattr(tuning_set, "HARM_FILE", tmp_path / "harm.npz")
    monkeypatch.setattr(tuned_thresholds, "FEWEST_POSTS", 40)
    tuning_set.save_harm(harm, MODEL_SHA256)
    own = tmp_path / "posts.jsonl"
    lines = [json.dumps({"title": f"Post {number}", "body": "Which tea?"}) for number in range(30)]
    own.write_text("\n".join([*lines, *(f"plain line {number}" for number in range(30))]), encoding="utf-8")
    report = tuned_thresholds.suggest(encoder, MODEL_SHA256, [own])
    assert "posts.jsonl, suggested: held " in report
    assert "any_harm: " in report
    with pytest.raises(ValueError, match="another model"):
        tuned_thresholds.suggest(encoder, "0" * 64, [own])
    own.write_text("one post\n", encoding="utf-8")
    with pytest.raises(ValueError, match="at least 40"):
        tuned_thresholds.suggest(encoder, MODEL_SHA256, [own])
