"""Training code without data: metrics, thresholds, augmented rows, and the split of posts."""

import json
from random import Random

import numpy as np
import pytest

from deploy.cli.model import CARD, RESULTS
from services.moderation.training.dataset import LabelledText, split_halves, strip_collection_marks
from services.moderation.training.metrics import (
    area_under_roc,
    average_precision,
    calibration_error,
    measure_quality,
    search_quality,
    search_task,
)
from services.moderation.training.model_card import render_card, summarize_quality
from services.moderation.training.training_set import harmless_text, quote, splice, targets, wrap
from shared.model.categories import COLUMNS
from shared.model.quality import shipped_quality

pytestmark = pytest.mark.long

HATE = LabelledText(
    "they are all the same",
    "own",
    "own",
    "Apache-2.0",
    False,
    False,
    np.array([1, *[0] * (len(COLUMNS) - 1)], np.float32),
)


def test_metrics_match_values_computed_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    labels = np.array([1, 0, 1, 0], np.float32)
    assert average_precision(scores, labels) == pytest.approx((1 + 2 / 3) / 2)
    assert area_under_roc(scores, labels) == pytest.approx(3 / 4)
    # One row in each bin, labels 0, 1, 0, 1.
    assert calibration_error(np.array([0.65, 0.7, 0.8, 0.9], np.float32), labels[::-1]) == pytest.approx(
        (0.65 + 0.3 + 0.8 + 0.1) / 4, abs=1e-6
    )


def test_the_card_and_the_figures_for_people_are_those_of_the_results() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert CARD.read_text(encoding="utf-8") == render_card(results), "run `ottit model card`"
    assert shipped_quality() == summarize_quality(results), "run `ottit model card`"


def test_a_tie_counts_half_in_the_area_under_roc() -> None:
    assert area_under_roc(np.full(4, 0.5, np.float32), np.array([1, 0, 1, 0], np.float32)) == 0.5


def test_recall_is_measured_at_a_share_of_ordinary_posts() -> None:
    ordinary = np.linspace(0, 1, 1001, dtype=np.float32)
    scores = np.array([0.97, 0.995, 0.5], np.float32)
    measured = measure_quality(scores, np.array([1, 1, 0], np.float32), ordinary, seed=1)
    assert (measured.recall_at_1, measured.recall_at_5) == (0.5, 1.0)


def test_any_harm_is_known_from_one_harm_or_from_no_hate_and_no_harassment() -> None:
    spam = np.array([*[np.nan] * (len(COLUMNS) - 1), 1], np.float32)
    rows = [HATE, harmless_text("hello"), LabelledText("buy", "own", "own", "Apache-2.0", False, False, spam)]
    assert targets(rows)[:2, -1].tolist() == [1, 0]
    assert np.isnan(targets(rows)[2, -1])


def test_a_quotation_is_harmless_if_its_author_rejects_it_and_harmful_if_they_agree() -> None:
    rows = list(quote([HATE] * 200, "train", Random(1)))
    assert {float(row.labels[0]) for row in rows} == {0.0, 1.0}
    assert all(HATE.text in row.text and row.text != HATE.text for row in rows)
    assert HATE.labels[0] == 1


def test_a_harmful_sentence_stays_harmful_among_harmless_ones() -> None:
    rows = list(splice([HATE] * 100, ["The kettle boils."], Random(1)))
    assert rows
    assert all(row.labels[0] == 1 and "kettle" in row.text and HATE.text in row.text for row in rows)


def test_a_wrapped_text_keeps_its_words_and_its_labels() -> None:
    rows = list(wrap([HATE, harmless_text("The kettle boils.")] * 300, "eval", Random(1)))
    assert {float(row.labels[0]) for row in rows} == {0.0, 1.0}
    assert all((HATE.text in row.text) == (row.labels[0] == 1) for row in rows)
    assert len({row.text for row in rows}) > 6


def test_a_document_is_found_first_by_its_own_vector() -> None:
    same = np.eye(4, dtype=np.float32)
    assert search_quality(same, same) == {"texts": 4, "recall_at_10": 1.0, "ndcg_at_10": 1.0}
    assert search_task(["What is a good tea? I like green tea a lot.", "too short"]) == (
        ["What is a good tea?"],
        ["I like green tea a lot."],
    )


def test_the_same_post_is_never_in_both_halves() -> None:
    tuning, reporting = split_halves(["a", "b", "a", "c"])
    assert (tuning ^ reporting).all()
    assert tuning[0] == tuning[2]


def test_marks_of_the_collections_are_removed() -> None:
    assert strip_collection_marks("RT @anna: [NAME] said &amp; did [URL] https://t.co/x1 it") == "someone said & did it"
    assert len(HATE.labels) == len(COLUMNS)
