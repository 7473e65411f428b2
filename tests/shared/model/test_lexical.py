"""Lexical features: the golden buckets, and what must not change them."""

import json
from pathlib import Path

import pytest

from shared.model.lexical import BUCKETS, MAX_WORD, MAX_WORDS, buckets, words

GOLDEN = Path(__file__).parents[2] / "contract" / "model-golden" / "lexical.json"


@pytest.mark.parametrize("case", json.loads(GOLDEN.read_text())["cases"], ids=lambda case: case["text"][:20])
def test_words_and_buckets_are_the_golden_ones(case: dict[str, object]) -> None:
    assert words(str(case["text"])) == case["words"]
    assert buckets(str(case["text"])).tolist() == case["buckets"]


def test_hidden_characters_accents_and_stretched_letters_change_nothing() -> None:
    assert words("so\u200bo so\u00adoooo SOÓ") == ["soo"] * 3


def test_symbols_are_words_and_punctuation_is_none() -> None:
    assert words("£5,00 for🍞—really?") == ["£", "5", "00", "for", "🍞", "really"]


def test_a_text_without_words_has_no_features() -> None:
    assert buckets("?! ...").tolist() == []


def test_the_work_for_one_text_is_bounded() -> None:
    found = words("a" + "xy" * 100 + " word" * 1000)
    assert len(found) == MAX_WORDS
    assert len(found[0]) == MAX_WORD


def test_buckets_are_distinct_sorted_and_within_the_table() -> None:
    found = buckets("the same words, the same words")
    assert (found[1:] > found[:-1]).all()
    assert found.min() >= 0
    assert found.max() < BUCKETS
