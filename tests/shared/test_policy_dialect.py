"""The pattern dialect: the common subset of two regex languages."""

import re

import pytest

from shared.policy import DialectError
from shared.policy.pattern_dialect import check_pattern, compile_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "plain words", r"\bword\b", "[a-z0-9]{1,20}", "[^ ]{3}", "(?:one|two) ?three",
        r"\$\d{1,3}\.", r"[\-\]\^.*]", "а[а-я]", "🔪{2}",
        "-", "a/b", "(?:(?:ab){1,2}c)?d",
    ],
)  # fmt: skip
def test_the_dialect_accepts(pattern: str) -> None:
    assert check_pattern(pattern).shortest >= 1
    assert compile_pattern(pattern).flags & re.ASCII


@pytest.mark.parametrize(
    ("pattern", "position", "reason"),
    [
        ("ab*", 2, "not in the dialect"),
        ("ab+", 2, "not in the dialect"),
        ("a.b", 1, "not in the dialect"),
        ("^ab", 0, "not in the dialect"),
        ("ab{2,}", 2, "a repeat is"),
        ("ab{\u0661}", 2, "a repeat is"),
        ("ab{0,65}", 2, "at most 64"),
        ("ab{3,2}", 2, "from low to high"),
        ("ab??", 3, "a repeat of a repeat"),
        ("x(ab)", 1, "only (?:...) groups"),
        ("x(?=ab)", 1, "only (?:...) groups"),
        ("x(?<!ab)", 1, "only (?:...) groups"),
        ("(?:ab", 5, "not closed"),
        ("ab)", 2, "without a group"),
        ("ab|", 3, "an empty alternative"),
        (r"x\w", 1, "not in the dialect"),
        (r"x\s", 1, "not in the dialect"),
        (r"(?:a)\1", 5, "not in the dialect"),
        (r"[\b]", 1, "not in the dialect"),
        (r"[\X]", 1, "\\X is not in the dialect"),
        (r"\X", 0, "\\X is not in the dialect"),
        ("(?:" * 11, 30, "more than 10 groups in each other"),
        ("[a-]", 3, "needs a backslash"),
        ("[z-a]", 4, "from a lower to a higher"),
        (r"[!-\d]", 5, "from a lower to a higher"),
        ("[&&]", 3, "in the class twice"),
        (r"[\d\d]", 5, r"'\\d' is in the class twice"),
        ("[X]", 1, "never occurs in normalized text"),
        ("aX", 1, "never occurs in normalized text"),
        ("[^]", 2, "empty or not closed"),
        ("Ab", 0, "never occurs in normalized text"),
        ("é", 0, "never occurs in normalized text"),
        ("a\tb", 1, "never occurs in normalized text"),
        ("a?b{0,3}", 0, "matches the empty text"),
        (r"\b{2}a", 2, "not in the dialect"),
        (r"(?:\b){2}a", 6, "a repeat of a part that can be empty"),
    ],
)  # fmt: skip
def test_the_dialect_rejects_with_the_position(pattern: str, position: int, reason: str) -> None:
    with pytest.raises(DialectError, match=re.escape(reason)) as refused:
        check_pattern(pattern)
    assert refused.value.position == position


@pytest.mark.parametrize("pattern", ["(?:a{1,10}){1,10}b", "[ab]{0,64}[bc]{0,64}[cd]{0,64}x", "(?:(?:a?){1,9}b?){9}c"])
def test_a_pattern_with_too_many_paths_is_rejected(pattern: str) -> None:
    with pytest.raises(DialectError):
        check_pattern(pattern)


def test_fixed_alternatives_count_as_one_path_unless_one_is_a_prefix() -> None:
    assert check_pattern("(?:cat|dog|bird)").paths == 1
    assert check_pattern("(?:sub|subscribe|dog)").paths == 2
    assert check_pattern("(?:cat|[dh]og)").paths == 2


def nested(depth: int) -> str:
    """Return groups in each other."""
    return "(?:" * depth + "a" + ")" * depth


def test_groups_may_be_ten_deep_again_and_again() -> None:
    assert check_pattern(nested(10) * 2).shortest == 2
    with pytest.raises(DialectError, match="more than 10 groups in each other"):
        check_pattern(nested(10) + nested(11))


def test_a_pattern_has_at_most_two_thousand_characters() -> None:
    assert check_pattern("a" * 2000).shortest == 2000
    pattern = "a" * 2001
    with pytest.raises(DialectError, match="longer than 2000 characters; make it several patterns") as refused:
        check_pattern(pattern)
    assert (refused.value.pattern, refused.value.position) == (pattern, 2000)
