"""The server reads texts in linear time, whatever construct is repeated or nested in them."""

import time
from collections.abc import Callable

import pytest

from deploy.cli.importing.html_to_markdown import html_to_markdown
from services.embeddings.domain import parse_search
from services.gateway.http.secret_shapes import contains_key
from shared.content import is_blank
from shared.policy import DEFAULT_POLICY, load_policy, match
from shared.security.text_rules import check_prose, is_line, without_refused

POLICY = load_policy(DEFAULT_POLICY)
READERS: dict[str, Callable[[str], object]] = {
    "rules": lambda text: match(POLICY, text),
    "keys": lambda text: contains_key(text.encode()),
    "characters": lambda text: (is_line(text), check_prose(text), without_refused(text), is_blank(text)),
    "HTML": html_to_markdown,
    "words": parse_search,
}
# Openings, closings and separators of everything that the readers look for. A pair is also nested.
REPEATED = [
    *("1 ", "1.", "a ", "1 1 a ", "1-1 ", "@ $ ", "a1", "k1", "1!", "!!", "aa", "aab", "a\u0301", "\u0301", "\u0430b"),
    *("\U0001d41a", "\u1100\u1161", "sk-", "sk-a", "%25", "\\u0041", "\\\\", "AAAA", "eyJ", "http://", "www."),
    *("x", " ", "\n", "\t\n", "[a](https://x<", "[", "*", "`", "> ", '"', "\u201c", "&amp;", "&", "&#0;", "<", "</"),
    *("<!", "<!--", "<a href=", '<a href="', "<li>", "\U0001f3f4\U000e0061", "\u200b", "\u3164"),
]
NESTED = [("<i>", "</i>"), ("<ul><li>", "</li></ul>"), ("<blockquote>", "</blockquote>"), ("<!--", "-->"), ("(", ")")]
SIZE = 1200
# Four times the text may take this many times as long: quadratic time is 16 times as long.
LARGEST_RATIO = 9
# Below this much processor time, what else the machine does decides; quadratic time takes seconds.
MEASURABLE_S = 0.4


@pytest.mark.parametrize("name", READERS)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    for opening, closing in [*((part, "") for part in REPEATED), *NESTED]:
        small, large = (_cost(READERS[name], opening, closing, size) for size in (SIZE, 4 * SIZE))
        linear = large < MEASURABLE_S or large < LARGEST_RATIO * max(small, 0.001)
        assert linear, f"{opening!a} … {closing!a}: {small:.3f} s, then {large:.3f} s"


def _cost(reader: Callable[[str], object], opening: str, closing: str, size: int) -> float:
    """Return the processor time of one run in seconds: the least of three if it is long enough to matter."""
    count = size // len(opening + closing)
    text, best = opening * count + closing * count, float("inf")
    for _ in range(3):
        start = time.thread_time()
        reader(text)
        best = min(best, time.thread_time() - start)
        if best < MEASURABLE_S / 4:
            break
    return best
