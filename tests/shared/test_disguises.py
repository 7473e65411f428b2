"""Restoring disguised words: each step alone, with the places of its letters in the original."""

import pytest

from shared.policy.disguises import forms
from shared.policy.normalize import Normalized, normalize


def forms_of(text: str) -> list[str]:
    """Return the texts of all forms."""
    return [form.text for form in forms(normalize(text))]


def place_of(word: str, text: str) -> str:
    """Return the part of a text that became this word in one of its forms."""
    for form in forms(normalize(text)):
        if word in form.text:
            start = form.text.index(word)
            span = form.original(start, start + len(word))
            return text[span.start : span.end]
    return ""


@pytest.mark.parametrize(
    "text", ["plain words", "привет", "10 000 $", "a b", "see you at 7!", "kiss", "a-b c-d", "x² y"]
)
def test_a_text_without_disguises_has_its_plain_form_only(text: str) -> None:
    assert forms_of(text) == [normalize(text).text]


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("кill", "kill"),
        ("ᴋɪʟʟ", "kill"),
        ("🅺🅸🅻🅻", "kill"),
        ("a кill b", "a kill b"),
        ("k i l l", "kill"),
        ("k.i.l.l", "kill"),
        ("k i l l  y o u", "kill you"),
        ("go k-i-l-l now", "go kill now"),
        ("k1ll", "kill"),
        ("k!ll", "kill"),
        ("k|ll", "kill"),
        ("3vil", "evil"),
        ("h4te", "hate"),
        ("h@te", "hate"),
        ("$pam", "spam"),
        ("5pam", "spam"),
        ("7rap", "trap"),
        ("8ad", "bad"),
        ("l0ve", "love"),
        ("ba11", "ball"),
        ("ha7", "hat"),
        ("kiiill", "kill"),
        ("killll", "kill"),
        ("kkkill", "kill"),
        ("freeee", "free"),
        ("kysss", "kys"),
        ("К1LLLL", "kill"),
        ("к.1.l.l", "kill"),
    ],
)
def test_a_disguised_word_is_restored_in_one_of_the_forms(text: str, restored: str) -> None:
    assert restored in forms_of(text)


@pytest.mark.parametrize(
    ("text", "not_read"),
    [
        ("дом", "дom"),  # a word with a letter of its own script is no disguise
        ("j. r. smith", "jr smith"),
        ("1 2 3 4", "1234"),
        ("hello!", "helloi"),
        ("a|b c", "ab c"),
        ("k i-l l", "kill"),
        ("kill you", "killyou"),
        ("go k i ll", "go kill"),
    ],
)
def test_a_plain_text_is_not_misread(text: str, not_read: str) -> None:
    assert not_read not in forms_of(text)


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("so кill me", "kill", "кill"),
        ("so k i l l me", "kill", "k i l l"),
        ("so k1ll me", "kill", "k1ll"),
        ("so kiiiill me", "kill", "kiiiill"),
        ("so kiiilllll me", "kill", "kiiilllll"),
        ("so k i l l  y o u all", "kill you", "k i l l  y o u"),
    ],
)
def test_a_restored_word_is_marked_whole_in_the_original(text: str, word: str, place: str) -> None:
    assert place_of(word, text) == place


def test_the_plain_form_comes_first_and_no_form_is_repeated() -> None:
    found = forms_of("k1ll kiiill ᴋill")
    assert found[0] == "k1ll kiiill ᴋill"
    assert len(set(found)) == len(found) <= 10


def test_a_plain_form_is_returned_unchanged() -> None:
    plain = Normalized("plain", tuple((index, index + 1) for index in range(5)))
    assert forms(plain) == (plain,)
