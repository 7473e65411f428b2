"""Restoring disguised words: each step alone, with the places of its letters in the original."""

import pytest

from shared.policy.confusables import is_foreign
from shared.policy.disguises import forms, restored
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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("k1ll", "kill"),
        ("fa1l", "fall"),
        ("c1ear", "clear"),
        ("1k m1xe", "ik mixe"),
        ("1 m1x", "1 mix"),
        ("m1x 10 a", "mix 10 a"),
        ("m1x _1", "mix _1"),
        ("z!t", "zit"),
        ("k1ll a : b", "kill a : b"),
        ("k1ll hello!", "kill hello!"),
    ],
)
def test_a_model_reads_the_likeliest_letter_for_a_sign(text: str, read: str) -> None:
    assert restored(text) == read


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("ab: k  i  l  l", "ab: kill"),
        ("k 1 l", "kil"),
        ("abc d e f", "abc def"),
        ("ab c d e", "ab cde"),
        ("k i l lo", "kil lo"),
        ("z a p s", "zaps"),
        ("0 a p s", "oaps"),
        ("k i l l.", "kill."),
        ("9 a p s", "9aps"),
    ],
)
def test_single_letters_are_joined_and_whole_words_beside_them_are_not(text: str, joined: str) -> None:
    assert forms_of(text)[1] == joined


def test_a_single_letter_among_digits_is_no_word() -> None:
    assert forms_of("1 k 2") == ["1 k 2"]


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("кillж", ["кillж", "killж"]),
        ("привет кill", ["привет кill", "привет kill"]),
        ("ok привет", ["ok привет"]),
        ("ok_привет", ["ok_привет"]),
    ],
)
def test_look_alikes_are_replaced_in_mixed_words_only(text: str, latin: list[str]) -> None:
    assert forms_of(text) == latin


def test_greek_cyrillic_and_armenian_letters_are_foreign_up_to_their_ends() -> None:
    found = [is_foreign(char) for char in "z\u036f\u0370\u052f\u0530\u0531\u058f\u0590"]
    assert found == [False, False, True, True, False, True, True, False]


def test_every_reading_of_an_upright_sign_is_a_form() -> None:
    assert forms_of("ba1t") == ["ba1t", "balt", "bait"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("k*ill", "kill"),
        ("k***ill", "kill"),
        ("k****ill b*in", "k****ill bin"),
        ("*a k*ill", "*a kill"),
        ("k*ill*", "kill*"),
        ("k*ill a *b c* d 5*e f*5", "kill a *b c* d 5*e f*5"),
        ("к*ill", "kill"),
    ],
)
def test_up_to_three_signs_inside_of_a_word_are_left_out(text: str, read: str) -> None:
    assert restored(text) == read
    assert read in forms_of(text)
