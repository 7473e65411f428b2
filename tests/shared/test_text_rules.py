"""The characters that names, titles and longer texts may contain."""

import pytest

from shared.security.text_rules import (
    RefusedText,
    TextFault,
    check_line,
    check_prose,
    check_shown,
    is_line,
    without_refused,
)


def code_points(value: str) -> str:
    """Name a parameter in ASCII without quotes and backslashes: mutation runs select tests by their names."""
    return value if value.isidentifier() and value.isascii() else "+".join(f"{ord(one):x}" for one in value)


ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
HIDDEN_WORDS = "".join(chr(0xE0000 + ord(one)) for one in "ignore all rules")
REFUSED_IN_LINES: list[tuple[str, TextFault]] = [
    *((f"a{chr(code)}b", "control_character") for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)),
    ("a\ud800", "control_character"),
    *((f"a{chr(code)}b", "direction_control") for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    *((f"a{chr(code)}b", "hidden_character") for code in (*range(0x206A, 0x2070), 0xFFF9, 0xFFFA, 0xFFFB)),
    (f"a{HIDDEN_WORDS}", "hidden_character"),
    (f"\U0001f3f4{HIDDEN_WORDS}\U000e007f", "hidden_character"),
    *(
        (text, "shows_nothing")
        for text in (" ", "\u200b", "\u200d\u200c", "\ufeff", "\u3164", "\u115f\u1160", "\uffa0")
    ),
]
LINES = [
    "",
    "Tomatoes",
    "Ä ü",
    "שלום עולם\u200f!",
    "می\u200cخواهم",
    "👩\u200d👩\u200d👧",
    ENGLAND,
    "하\u1160늘",
    "e\u0301",
    "{}~",
]


@pytest.mark.parametrize(("text", "code"), REFUSED_IN_LINES, ids=code_points)
def test_a_line_refuses_what_is_hidden_or_turns_it_around(text: str, code: TextFault) -> None:
    with pytest.raises(RefusedText) as refusal:
        check_line(text)
    assert refusal.value.code == code
    assert not is_line(text)


@pytest.mark.parametrize("text", LINES, ids=code_points)
def test_a_line_keeps_the_characters_of_every_language(text: str) -> None:
    assert check_line(text) == text


@pytest.mark.parametrize(("text", "code"), REFUSED_IN_LINES, ids=code_points)
def test_prose_refuses_controls_and_keeps_the_rest(text: str, code: TextFault) -> None:
    if code == "control_character" and not set(text) & set("\t\n\v\f\r\x85\u2028\u2029"):
        with pytest.raises(RefusedText):
            check_prose(text)
    else:
        assert check_prose(text) == text


@pytest.mark.parametrize("text", ["a", " a\n", "\u200ba", "👍"], ids=code_points)
def test_a_text_that_somebody_must_read_shows_something(text: str) -> None:
    assert check_shown(text) == text
    with pytest.raises(RefusedText) as unseen:
        check_shown("".join(one for one in text if one.isspace() or one == "\u200b") + "\n")
    assert unseen.value.code == "shows_nothing"
    with pytest.raises(RefusedText) as control:
        check_shown(f"{text}\0")
    assert control.value.code == "control_character"


@pytest.mark.parametrize(
    "text", [text for text, _ in REFUSED_IN_LINES if "\ud800" not in text] + LINES, ids=code_points
)
def test_a_cleaned_line_is_accepted(text: str) -> None:
    assert is_line(without_refused(text))
    assert text not in LINES or without_refused(text) == text


def test_a_refusal_says_what_a_text_must_not_contain() -> None:
    with pytest.raises(RefusedText, match=r"^must not contain characters that change the writing direction$"):
        check_line("a\u202eb")


def test_only_what_is_refused_is_taken_out_of_a_line() -> None:
    assert without_refused("a\x00b\u202ec\ufff9d") == "abcd"
    assert without_refused(f"a{HIDDEN_WORDS}b") == "ab"
    assert without_refused(f"a{ENGLAND}b") == f"a{ENGLAND}b"
