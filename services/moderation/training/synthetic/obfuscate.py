"""Disguise a text in the ways that people use against filters. Pure: the same text and generator, the same result."""

import re
from collections.abc import Callable
from random import Random

_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
_SYMBOLS = str.maketrans({"a": "@", "e": "€", "i": "!", "s": "$", "o": "0"})
# Cyrillic and Greek letters that look the same (Unicode confusables, UTS 39).
_TWINS = str.maketrans("aceopxyiAEOBHKMTXP", "асеорхуіАЕОВНКМТХР")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_EMOJI = {"kill": "🔪", "gun": "🔫", "pig": "🐷", "pigs": "🐷", "rat": "🐀", "rats": "🐀", "snake": "🐍", "money": "💰",
          "love": "❤️", "fire": "🔥", "dead": "💀", "die": "💀", "trash": "🗑️", "clown": "🤡", "bomb": "💣",
          "sick": "🤮", "eyes": "👀", "water": "💧", "dog": "🐶", "heart": "❤️"}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
# Share of the words that are disguised; at least one is, the rest stays readable as people leave it.
_SHARE = 0.5


def obfuscate(text: str, rng: Random) -> str:
    """Return `text` with about half of its words disguised in one manner; links stay as they are."""
    manner = rng.choice(MANNERS)
    found = [match for match in _WORD.finditer(text) if not _in_link(text, match.start())]
    if not found:
        return text
    chosen = rng.sample(found, max(1, round(len(found) * _SHARE)))
    for match in sorted(chosen, key=re.Match.start, reverse=True):
        text = text[: match.start()] + manner(match[0], rng) + text[match.end() :]
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


MANNERS: tuple[Callable[[str, Random], str], ...] = (
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
