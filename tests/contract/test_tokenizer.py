"""The tokenizer vectors and classes match the server's tokenizer; Vitest runs the browser's on the same vectors."""

import hashlib
import json

import pytest

from shared.model import pinned_files
from tests.contract import make_tokenizer_classes, make_tokenizer_vectors


def test_the_committed_tokenizer_is_the_pinned_one() -> None:
    found = hashlib.sha256(make_tokenizer_vectors.TOKENIZER.read_bytes()).hexdigest()
    assert found == pinned_files.TOKENIZER_SHA256


def test_the_committed_vectors_match_the_tokenizer() -> None:
    assert make_tokenizer_vectors.FILE.read_text(encoding="utf-8") == make_tokenizer_vectors.text()


@pytest.mark.long
def test_the_committed_character_classes_match_the_tokenizer() -> None:
    assert json.loads(make_tokenizer_classes.FILE.read_bytes()) == make_tokenizer_classes.classes()
