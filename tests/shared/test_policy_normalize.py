"""The normal form of texts, and the positions of its characters in the original."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy import normalize

# Characters that hide words, which Hypothesis rarely draws.
TRICKY = st.text(
    alphabet=st.sampled_from("aZéß İΣ\u0301\u200b\u00a0\n\t’ｋﬁ각\u1100\u1161\u11a8\u314f\u3099か🔪\ufe0f")
)
TEXTS = st.text() | TRICKY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Kill", "kill"),
        ("ｋｉｌｌ", "kill"),
        ("k\u200bi\u2060ll", "kill"),
        ("kíl\u0336l", "kill"),
        ("𝓴𝓲𝓵𝓵", "kill"),
        ("  a \n\t\u3000b  ", "a b"),
        ("don’t", "don't"),
        ("か\u3099", "が"),
        ("\u1100\u1161\u11a8", "각"),
    ],
)
def test_variants_have_one_normal_form(written: str, read: str) -> None:
    assert normalize(written).text == read


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("ab \t c", ((0, 1), (1, 2), (2, 5), (5, 6))),
        ("\u1112\u11ff", ((0, 2), (0, 2))),  # the last Hangul final belongs to the syllable before it
        ("\U0001e08f\u3099", ((0, 1), (1, 2))),  # nobody knows how marks join a letter of a later Unicode version
    ],
    ids=["spaces", "final", "later"],
)
def test_each_character_has_its_part_of_the_original(text: str, origins: tuple[tuple[int, int], ...]) -> None:
    assert normalize(text).origins == origins


def test_marks_are_composed_anywhere_in_a_text() -> None:
    assert normalize("か" * 40 + "か\u3099").text == "か" * 40 + "が"


def test_up_to_thirty_two_marks_are_composed_with_their_letter() -> None:
    vowels = ["\u05b0" * count for count in (31, 32)]
    found = [normalize(f"か{several}\u3099").text for several in vowels]
    assert found == [f"が{vowels[0]}", f"か{vowels[1]}\u3099"]


@given(TEXTS)
def test_normalizing_is_idempotent(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(TEXTS)
def test_the_normal_form_is_composed(text: str) -> None:
    read = normalize(text).text
    assert unicodedata.normalize("NFC", read) == read


@given(TEXTS)
def test_origins_are_ordered_ranges_of_the_text(text: str) -> None:
    normalized = normalize(text)
    assert len(normalized.origins) == len(normalized.text)
    for start, end in normalized.origins:
        assert 0 <= start < end <= len(text)
    assert list(normalized.origins) == sorted(normalized.origins)


@given(TEXTS, st.data())
def test_the_original_of_a_part_normalizes_to_that_part(text: str, data: st.DataObject) -> None:
    normalized = normalize(text)
    if not normalized.text:
        return
    start = data.draw(st.integers(0, len(normalized.text) - 1))
    end = data.draw(st.integers(start + 1, len(normalized.text)))
    span = normalized.original(start, end)
    assert normalized.text[start:end].strip() in normalize(text[span.start : span.end]).text
