"""Training without data: the measures, the thresholds, the written texts and the split."""

import numpy as np
import pytest

from shared.model.categories import CATEGORIES
from shared.model.train.contrast import contrast_rows
from shared.model.train.measure import area_under_roc, average_precision, quality, share_over
from shared.model.train.rows import halves, without_marks
from shared.model.train.thresholds import HELD, REJECT_FLOOR, REJECTED, suggest

pytestmark = pytest.mark.long


def test_measures_agree_with_values_worked_out_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    labels = np.array([1, 0, 1, 0], np.float32)
    assert average_precision(scores, labels) == pytest.approx((1 + 2 / 3) / 2)
    assert area_under_roc(scores, labels) == pytest.approx(3 / 4)


def test_a_tie_counts_half_in_the_area_under_roc() -> None:
    assert area_under_roc(np.full(4, 0.5, np.float32), np.array([1, 0, 1, 0], np.float32)) == 0.5


def test_recall_is_measured_at_the_share_of_ordinary_posts() -> None:
    ordinary = np.linspace(0, 1, 1001, dtype=np.float32)
    scores = np.array([0.97, 0.995, 0.5], np.float32)
    found = quality(scores, np.array([1, 1, 0], np.float32), ordinary, seed=1)
    assert (found.recall_at_1[0], found.recall_at_5[0]) == (0.5, 1.0)


def test_suggested_thresholds_keep_ordinary_posts_within_the_bounds() -> None:
    scores = np.random.default_rng(3).beta(0.3, 5, (8000, len(CATEGORIES))).astype(np.float32)
    found = suggest(scores)
    assert share_over(scores, found.hold) <= HELD
    assert share_over(scores, found.reject) <= REJECTED
    assert (found.reject >= REJECT_FLOOR).all()
    assert found.document()["self_harm"]["reject"] is None


def test_no_template_of_the_contrast_texts_is_both_trained_on_and_reported() -> None:
    rows = contrast_rows()
    trained = {row.text for row in rows if not row.dev}
    reported = {row.text for row in rows if row.dev}
    assert len(trained) > len(reported) > 0
    assert not trained & reported
    assert not any("{" in row.text for row in rows)


def test_the_same_post_is_never_in_both_halves() -> None:
    tuning, reporting = halves(["a", "b", "a", "c"])
    assert (tuning ^ reporting).all()
    assert tuning[0] == tuning[2]


def test_marks_of_the_collection_are_taken_out() -> None:
    assert without_marks("RT @anna: [NAME] said &amp; did [URL] https://t.co/x1 it") == "someone said & did it"
