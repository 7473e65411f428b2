"""What the browser's tokenizer rests on is what the server's tokenizer says; Vitest replays the vectors."""

import hashlib
import json

import pytest

from shared.model import pins
from tests.contract import make_tokenizer_classes, make_tokenizer_vectors


def test_the_committed_tokenizer_is_the_pinned_one() -> None:
    found = hashlib.sha256(make_tokenizer_vectors.TOKENIZER.read_bytes()).hexdigest()
    assert found == pins.TOKENIZER_SHA256


def test_the_vectors_are_those_of_the_tokenizer() -> None:
    assert make_tokenizer_vectors.FILE.read_text(encoding="utf-8") == make_tokenizer_vectors.text()


@pytest.mark.long
def test_the_classes_of_characters_are_those_of_the_tokenizer() -> None:
    assert json.loads(make_tokenizer_classes.FILE.read_bytes()) == make_tokenizer_classes.classes()
