"""The head: the committed artefact is the pinned one, and it separates what nobody would confuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from shared.model import pins
from shared.model.categories import CATEGORIES
from shared.model.encoder import Encoder
from shared.model.head import ARTIFACTS, Head
from shared.model.local import LocalModel

pytestmark = pytest.mark.long

GOLDEN = Path(__file__).parents[2] / "contract" / "model-golden" / "head.json"
HARMLESS = (
    "Which bike would you buy for a short commute?",
    "Our knitting group meets at the library on Thursday, newcomers are welcome.",
    "I wrote down what I learned about sourdough this year.",
)
SPAM = (
    "Earn $900 per week from home, no experience needed, message me on WhatsApp now!!!",
    "Congratulations! You won a gift card. Claim your prize at http://claim.example today",
    "Guaranteed bitcoin profits, join our VIP channel, limited spots",
)


@pytest.fixture(scope="module")
def head() -> Head:
    return Head.load()


def test_scores_are_the_golden_ones(encoder: Encoder, head: Head) -> None:
    golden = json.loads(GOLDEN.read_text())
    texts = [case["text"] for case in golden["cases"]]
    scores = head.scores(encoder.encode(texts), texts)
    assert golden["head"] == pins.HEAD_SHA256
    assert np.abs(scores - np.array([case["scores"] for case in golden["cases"]])).max() < golden["tolerance"]


def test_scores_are_probabilities_one_row_per_text(encoder: Encoder, head: Head) -> None:
    scores = head.scores(encoder.encode(HARMLESS), HARMLESS)
    assert scores.shape == (len(HARMLESS), len(CATEGORIES))
    assert ((scores > 0) & (scores < 1)).all()
    assert head.scores(encoder.encode([]), []).shape == (0, len(CATEGORIES))


def test_spam_scores_above_its_threshold_and_above_every_harmless_text(encoder: Encoder, head: Head) -> None:
    column = CATEGORIES.index("spam")
    hold = json.loads((ARTIFACTS / "thresholds.json").read_text())["spam"]["hold"]
    spam = head.scores(encoder.encode(SPAM), SPAM)[:, column]
    harmless = head.scores(encoder.encode(HARMLESS), HARMLESS)[:, column]
    assert spam.min() >= hold > harmless.max()


def test_harmless_texts_are_below_every_hold_threshold(encoder: Encoder, head: Head) -> None:
    thresholds = json.loads((ARTIFACTS / "thresholds.json").read_text())
    hold = np.array([thresholds[name]["hold"] for name in CATEGORIES])
    assert (head.scores(encoder.encode(HARMLESS), HARMLESS) < hold).all()


def test_self_harm_is_never_rejected_by_the_suggested_thresholds() -> None:
    assert json.loads((ARTIFACTS / "thresholds.json").read_text())["self_harm"]["reject"] is None


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    for name in ("head.json", "head.bin"):
        (tmp_path / name).write_bytes((ARTIFACTS / name).read_bytes())
    weights = bytearray((tmp_path / "head.bin").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "head.bin").write_bytes(weights)
    with pytest.raises(pins.ModelFileError, match="not the pinned file"):
        Head.load(tmp_path)


def test_a_saved_head_reads_back_the_same(tmp_path: Path, head: Head) -> None:
    head.save(tmp_path)
    manifest = json.loads((tmp_path / "head.json").read_text())
    again = Head.from_bytes(manifest, (tmp_path / "head.bin").read_bytes())
    assert (again.lexical == head.lexical).all()
    assert (again.dense == head.dense).all()


def test_another_layout_is_refused() -> None:
    manifest = json.loads((ARTIFACTS / "head.json").read_text())
    with pytest.raises(pins.ModelFileError, match="another layout"):
        Head.from_bytes({**manifest, "categories": ["other"]}, b"")


def test_vector_and_scores_of_a_text_cost_one_encoder_pass(encoder: Encoder, head: Head) -> None:
    before = encoder.passes
    inferences = LocalModel(encoder, head).infer(SPAM)
    assert encoder.passes - before == len(SPAM)
    assert np.allclose(inferences[1].vector, encoder.encode([SPAM[1]])[0], atol=1e-5)
