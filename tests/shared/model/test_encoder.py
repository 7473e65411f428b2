"""The encoder: the same vector for the same text, in every call."""

from pathlib import Path

import numpy as np
import pytest

from shared.model import pinned_files
from shared.model.encoder import Encoder, PassFailed
from shared.model.pinned_files import DIMENSIONS

pytestmark = pytest.mark.long

# The maximum difference between implementations, which agree to about 2e-7.
TOLERANCE = 1e-5
PACKAGED = pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE)
TEXTS = ["short", "", "A somewhat longer question about sourdough starters. " * 9, "\U0001f44b hi", "word " * 400]


def test_a_vector_is_independent_of_the_other_texts(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    assert np.abs(together - alone).max() < TOLERANCE
    assert np.abs(together - backwards).max() < TOLERANCE


def test_every_vector_has_unit_length(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_words_past_the_token_limit_are_ignored(encoder: Encoder) -> None:
    long, longer = encoder.encode(["word " * 254, "word " * 254 + "entirely different ending"])
    assert np.abs(long - longer).max() < TOLERANCE


def test_a_lone_surrogate_counts_as_a_replacement_character(encoder: Encoder) -> None:
    broken, replaced = encoder.encode(["half \ud83d pair", "half � pair"])
    assert np.abs(broken - replaced).max() < TOLERANCE


def test_passes_count_encoded_texts(encoder: Encoder) -> None:
    before = encoder.passes
    encoder.encode(["one", "two", "three"])
    assert encoder.passes - before == 3


def test_a_file_with_another_digest_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.onnx"
    forged.write_bytes(b"something else")
    with pytest.raises(pinned_files.ModelFileError, match="not the pinned file"):
        Encoder.open(forged, pinned_files.MODEL_SHA256)


def test_the_error_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(pinned_files.ModelFileError, match=r"absent\.json"):
        Encoder.open(PACKAGED, pinned_files.ENCODER_SHA256, tokenizer=tmp_path / "absent.json")


def test_an_error_of_the_runtime_becomes_pass_failed(encoder: Encoder) -> None:
    with pytest.raises(PassFailed):
        encoder.outputs(["Hello"], "no output of this name", 1)
    assert issubclass(PassFailed, RuntimeError)
