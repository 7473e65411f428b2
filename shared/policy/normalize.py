"""Normalizes text for rules, and maps every normalized character to its position in the original.

One form for `Kill`, `ｋｉｌｌ`, `k\u200bill` and `kíll`: compatibility decomposition (NFKC's first half), lower case,
without invisible characters and without accents, composed again (NFC), white space as single spaces,
one kind of apostrophe.
`client/src/policy/normalize.ts` is the same algorithm; contract vectors keep the two equal.
Unicode normal forms: https://www.unicode.org/reports/tr15/

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from shared.log.events import Span

# Incremented when the result changes for any text. A policy names the version that its patterns expect.
NORMALIZER_VERSION = 2

# Invisible characters: control codes, soft hyphen, joiners, direction marks, fillers, variation selectors, tags.
# Written out instead of read from a Unicode table, because server and browser must agree.
_INVISIBLE = (
    "\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Scripts and letters added since Unicode 15. Python and browsers have different Unicode versions, so both leave these
# characters unchanged.
_AFTER_UNICODE_15 = re.compile(
    "[\u0897\u0cf3\u0ece\u1c89\u1c8a\ua7cb-\ua7cf\ua7d2\ua7d4\ua7da-\ua7dc\ua7f1"
    "\U000105c0-\U000105ff\U00010d40-\U00010d8f\U00010ec0-\U00010eff\U00011241\U00011380-\U000113ff\U00011b60-\U00011b7f"
    "\U00011db0-\U00011def\U00011f00-\U00011f5f\U00013439-\U00013455\U00016100-\U0001613f\U00016d40-\U00016d7f\U00016ea0-\U00016edf"
    "\U0001cc00-\U0001cebf\U0001e030-\U0001e08f\U0001e4d0-\U0001e4ff\U0001e5d0-\U0001e5ff\U0001e6c0-\U0001e6ff]"
)
# Accents of Latin, Greek and Cyrillic, which are used to disguise words ("Zalgo"). The marks of other scripts are
# vowels and stay.
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Keyboards and phones write different apostrophes.
_APOSTROPHES = re.compile("[\u02bc\u2018\u2019\u201b]")
_DROPPED = re.compile(f"[{_INVISIBLE}{_ACCENTS}]")
_WHITE_SPACE = re.compile("[\t\n\v\f\r \u0085\u1680\u2028\u2029]")


# Longer sequences of marks are not text (Unicode's limit is 30: UAX 15, "stream-safe") and slow to sort.
_MAX_MARKS = 32


@dataclass(frozen=True, slots=True)
class Normalized:
    """A normalized text. `origins[i]` is the part of the original that became code point `i`.

    A part is start (inclusive) and end (exclusive) in code points of the original.
    """

    text: str
    origins: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> Span:
        """Return the part of the original that became `text[start:end]`, which must not be empty."""
        return Span(start=self.origins[start][0], end=self.origins[end - 1][1])


def normalize(text: str) -> Normalized:
    """Return the normalized form of any text. Idempotent; never raises."""
    chars: list[str] = []
    origins: list[tuple[int, int]] = []
    for index, char in enumerate(text):
        for folded in _fold(char):
            if folded != " " or (chars and chars[-1] != " "):
                chars.append(folded)
                origins.append((index, index + 1))
            elif chars:
                origins[-1] = (origins[-1][0], index + 1)
    if chars and chars[-1] == " ":
        del chars[-1], origins[-1]
    return _compose("".join(chars), origins)


@lru_cache(maxsize=4096)  # more than the characters that a community's languages use
def _fold(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"  # a lone surrogate, which could form a pair after characters between are removed
    if _AFTER_UNICODE_15.match(char):
        return char
    lowered = "".join(part.lower() for part in unicodedata.normalize("NFKD", char))
    kept = _DROPPED.sub("", unicodedata.normalize("NFKD", lowered))
    return _APOSTROPHES.sub("'", _WHITE_SPACE.sub(" ", kept))


def _compose(text: str, origins: list[tuple[int, int]]) -> Normalized:
    """Apply NFC to one base character with its marks at a time, to keep the origins."""
    if text.isascii():
        return Normalized(text, tuple(origins))
    chars: list[str] = []
    composed_origins: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and end - start <= _MAX_MARKS and _joins(text[start], text[end]):
            continue
        composed = text[start] if end == start + 1 else unicodedata.normalize("NFC", text[start:end])
        origin = (origins[start][0], origins[end - 1][1])
        chars.append(composed)
        composed_origins.extend([origin] * len(composed))
        start = end
    return Normalized("".join(chars), tuple(composed_origins))


def _joins(base: str, char: str) -> bool:
    """Return whether NFC may compose this character with `base`: a mark, or a Hangul vowel or final.

    Not beside a character of a later Unicode version, where the order of marks is unknown.
    """
    if char.isascii() or _AFTER_UNICODE_15.match(char) or _AFTER_UNICODE_15.match(base):
        return False
    return "\u1160" <= char <= "\u11ff" or unicodedata.category(char)[0] == "M"
