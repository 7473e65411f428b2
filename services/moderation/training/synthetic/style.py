"""Vary how a text is written: case, punctuation, typing errors, a title above it, ordinary sentences around it.

All of it happens to harmful and harmless texts alike, so that style by itself says nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

# How people write, roughly: half as their teacher would like it, a third in the manner of a chat.
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
_WORD = re.compile(r"[A-Za-z]{4,}")


@dataclass(frozen=True)
class Frames:
    """Ordinary sentences of the same split, to stand before or after a text, and titles to stand above it."""

    before: list[str]
    after: list[str]
    titles: list[str]

    @classmethod
    def read(cls, path: Path, split: str) -> "Frames":
        """Read the part of `split`, one sentence a line."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))[split]
        return cls(*(content[name].splitlines() for name in ("before", "after", "titles")))


def styled(text: str, rng: Random, frames: Frames) -> tuple[str, str]:
    """Return `text` in another shape, and the name of that shape."""
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


def _some(sentences: list[str], rng: Random) -> str:
    return " ".join(rng.sample(sentences, rng.randint(2, 5)))


def _mistyped(text: str, rng: Random) -> str:
    """Make one or two words wrong: two letters swapped, one left out, doubled, or its neighbor on the keyboard."""
    found = list(_WORD.finditer(text))
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 2)))), key=re.Match.start, reverse=True):
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
