"""Variations of a text: its style (case, punctuation, typing errors, surroundings), and obfuscation against filters.

Harmful and harmless texts get the same variations, so that a variation by itself says nothing about harm. Pure: the
same text and random generator give the same result.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

# Roughly how people write: half correctly, a third as in a chat.
SHAPES = (
    ("plain", 0.40),
    ("lower", 0.15),
    ("bare", 0.12),
    ("typed", 0.10),
    ("framed", 0.13),
    ("long", 0.05),
    ("titled", 0.04),
    ("shouted", 0.01),
)

_NEIGHBORS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioposdfghjklkxcvbnmn", strict=True))
_TYPED_WORD = re.compile(r"[A-Za-z]{4,}")

_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
_SYMBOLS = str.maketrans({"a": "@", "e": "€", "i": "!", "s": "$", "o": "0"})
# Cyrillic and Greek letters that look the same (Unicode confusables, UTS 39).
_TWINS = str.maketrans("aceopxyiAEOBHKMTXP", "асеорхуіАЕОВНКМТХР")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_EMOJI = {"kill": "🔪", "gun": "🔫", "pig": "🐷", "pigs": "🐷", "rat": "🐀", "rats": "🐀", "snake": "🐍", "money": "💰",
          "love": "❤️", "fire": "🔥", "dead": "💀", "die": "💀", "trash": "🗑️", "clown": "🤡", "bomb": "💣",
          "sick": "🤮", "eyes": "👀", "water": "💧", "dog": "🐶", "heart": "❤️"}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
# Share of the words that are obfuscated, at least one. People leave the others readable.
_OBFUSCATED_WORDS = 0.5


@dataclass(frozen=True)
class Frames:
    """Ordinary sentences of one split, to put before or after a text, and titles to put above it."""

    before: list[str]
    after: list[str]
    titles: list[str]

    @classmethod
    def read(cls, path: Path, split: str) -> "Frames":
        """Read the part of `split`, one sentence a line."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))[split]
        return cls(*(content[name].splitlines() for name in ("before", "after", "titles")))


def vary_style(text: str, rng: Random, frames: Frames) -> tuple[str, str]:
    """Return `text` in another style, and the name of that style."""
    shape = rng.choices([name for name, _ in SHAPES], [share for _, share in SHAPES])[0]
    if shape in ("lower", "bare") and "http" not in text:
        text = text.lower() if shape == "lower" else re.sub(r"[.,;!'\"]+(?=\s|$)|(?<=\w)'(?=\w)", "", text.lower())
    elif shape == "typed":
        text = _mistyped(text, rng)
    elif shape == "framed":
        before, after = rng.choice(["", rng.choice(frames.before)]), rng.choice(["", rng.choice(frames.after)])
        text = " ".join(part for part in (before, text, after) if part)
    elif shape == "long":
        text = "\n\n".join([_some(frames.before, rng), text, _some(frames.after, rng)])
    elif shape == "titled" and "\n" not in text:
        text = f"{rng.choice(frames.titles)}\n\n{text}"
    elif shape == "shouted":
        text = text.upper()
    return text, shape


def obfuscate(text: str, rng: Random) -> str:
    """Return `text` with about half of its words obfuscated in one way; links stay as they are."""
    obfuscation = rng.choice(OBFUSCATIONS)
    words = [match for match in _WORD.finditer(text) if not _in_link(text, match.start())]
    if not words:
        return text
    chosen = rng.sample(words, max(1, round(len(words) * _OBFUSCATED_WORDS)))
    for match in sorted(chosen, key=re.Match.start, reverse=True):
        text = text[: match.start()] + obfuscation(match[0], rng) + text[match.end() :]
    return text


def _in_link(text: str, at: int) -> bool:
    word = text[text.rfind(" ", 0, at) + 1 :].split(maxsplit=1)[0]
    return "/" in word or "@" in word


def _spaced(word: str, rng: Random) -> str:
    return " ".join(word)


def _dotted(word: str, rng: Random) -> str:
    return rng.choice(".-_*").join(word)


def _starred(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + rng.choice("*#*_") + word[at + 1 :]


def _leet(word: str, rng: Random) -> str:
    return word.translate(rng.choice((_LEET, _LEET, _SYMBOLS)))


def _twins(word: str, rng: Random) -> str:
    return word.translate(_TWINS)


def _full_width(word: str, rng: Random) -> str:
    return word.translate(_FULL_WIDTH)


def _stretched(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at] * rng.randint(2, 5) + word[at + 1 :]


def _zero_width(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + rng.choice("\u200b\u200c\u200d\u2060") + word[at:]


def _emoji(word: str, rng: Random) -> str:
    return _EMOJI.get(word.lower()) or _starred(word, rng)


def _mixed_case(word: str, rng: Random) -> str:
    return "".join(letter.upper() if rng.random() < 0.5 else letter.lower() for letter in word)


def _doubled_vowel(word: str, rng: Random) -> str:
    return re.sub(r"[aeiou]", lambda vowel: vowel[0] * rng.randint(1, 3), word)


def _without_vowel(word: str, rng: Random) -> str:
    return word[0] + re.sub(r"[aeiou]", "", word[1:], count=1)


OBFUSCATIONS: tuple[Callable[[str, Random], str], ...] = (
    _spaced,
    _dotted,
    _starred,
    _leet,
    _twins,
    _full_width,
    _stretched,
    _zero_width,
    _emoji,
    _mixed_case,
    _doubled_vowel,
    _without_vowel,
)


def _some(sentences: list[str], rng: Random) -> str:
    return " ".join(rng.sample(sentences, rng.randint(2, 5)))


def _mistyped(text: str, rng: Random) -> str:
    """Mistype one or two words: swap two letters, drop or double one, or hit a neighboring key."""
    words = list(_TYPED_WORD.finditer(text))
    for match in sorted(rng.sample(words, min(len(words), rng.choice((1, 1, 2)))), key=re.Match.start, reverse=True):
        word, at = match[0], rng.randrange(1, len(match[0]) - 1)
        wrong = rng.choice(
            (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] * 2 + word[at + 1 :],
                word[:at] + _NEIGHBORS.get(word[at], word[at]) + word[at + 1 :],
            )
        )
        text = text[: match.start()] + wrong + text[match.end() :]
    return text
