"""The committed model: its golden values, and texts with obvious scores."""

import json
from pathlib import Path

import numpy as np
import pytest

from shared.model import pinned_files
from shared.model.categories import ANY_HARM, COLUMNS, SCORES
from shared.model.encoder import Encoder
from shared.model.local_model import LocalModel
from shared.model.pinned_files import DIMENSIONS
from shared.policy import DEFAULT_POLICY, load_policy
from tests.contract.readings import golden_texts, readings

pytestmark = pytest.mark.long

GOLDEN = Path(__file__).parents[2] / "contract" / "model-golden" / "model.json"
TEXTS = ["short", "", "A somewhat longer question about sourdough starters. " * 9, "\U0001f44b hi", "word " * 400]
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


def test_vectors_and_scores_match_the_golden_file(encoder: Encoder) -> None:
    golden = json.loads(GOLDEN.read_text())
    vectors, scores = encoder.assess([case["text"] for case in golden["cases"]])
    assert golden["model"] == pinned_files.MODEL_SHA256
    assert np.abs(vectors - np.array([case["vector"] for case in golden["cases"]])).max() < golden["tolerance"]
    assert np.abs(scores - np.array([case["scores"] for case in golden["cases"]])).max() < golden["tolerance"]


def test_texts_that_are_read_in_windows_match_the_golden_file(encoder: Encoder) -> None:
    golden = json.loads(GOLDEN.with_name("readings.json").read_text())["readings"]
    found = list(readings(golden_texts(), encoder))
    again = "run: python -m tests.contract.make_model_golden tests/contract/model-golden"
    assert [(one["title"], one["body"]) for one in found] == [(one["title"], one["body"]) for one in golden], again
    difference = np.subtract([one["scores"] for one in found], [one["scores"] for one in golden])
    assert np.abs(difference).max() < 1e-5, again


def test_the_manifest_describes_the_pinned_file() -> None:
    manifest = json.loads((pinned_files.ARTIFACTS / "model.json").read_text())
    assert manifest["sha256"] == pinned_files.MODEL_SHA256
    assert manifest["tokenizer_sha256"] == pinned_files.TOKENIZER_SHA256
    assert manifest["bytes"] == pinned_files.MODEL_FILE.stat().st_size <= 30_000_000
    assert tuple(manifest["categories"]) == SCORES == (*COLUMNS, ANY_HARM)


def test_scores_are_probabilities_independent_of_the_other_texts(encoder: Encoder) -> None:
    together = encoder.assess(TEXTS)[1]
    alone = np.concatenate([encoder.assess([text])[1] for text in TEXTS])
    assert together.shape == (len(TEXTS), len(SCORES))
    assert ((together > 0) & (together < 1)).all()
    assert np.abs(together - alone).max() < 1e-5
    assert encoder.assess([])[1].shape == (0, len(SCORES))


def test_vectors_are_equal_with_and_without_scores_and_to_the_original_encoder(encoder: Encoder) -> None:
    original = Encoder.for_vectors()
    assert (encoder.has_scores, original.has_scores) == (True, False)
    assert np.abs(encoder.encode(TEXTS) - encoder.assess(TEXTS)[0]).max() < 1e-5
    assert np.abs(encoder.encode(TEXTS) - original.encode(TEXTS)).max() < 1e-5


def test_spam_is_held_and_harmless_texts_are_not(encoder: Encoder) -> None:
    policy = load_policy(DEFAULT_POLICY)
    hold = np.array([policy.category(column).hold for column in COLUMNS])
    spam, harmless = encoder.assess(SPAM)[1], encoder.assess(HARMLESS)[1]
    assert (spam[:, COLUMNS.index("spam")] >= hold[COLUMNS.index("spam")]).all()
    assert (harmless[:, : len(COLUMNS)] < hold).all()


def test_vector_and_scores_of_a_text_take_one_pass(encoder: Encoder) -> None:
    before = encoder.passes
    inferences = LocalModel(encoder).infer(SPAM)
    assert encoder.passes - before == len(SPAM)
    assert np.allclose(inferences[1].vector, encoder.encode([SPAM[1]])[0], atol=1e-5)
    assert inferences[1].scores.shape == (len(SCORES),)


def test_without_the_model_file_there_are_vectors_but_no_scores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pinned_files, "MODEL_FILE", tmp_path / "absent.onnx")
    model = LocalModel.load()
    assert model.digest != pinned_files.MODEL_DIGEST
    assert Encoder.load().encode(HARMLESS).shape == (len(HARMLESS), DIMENSIONS)
    with pytest.raises(pinned_files.ModelFileError, match="no scores"):
        model.infer(HARMLESS)
