"""Text to lexical features: hashed character n-grams and words; integer arithmetic is all it takes to repeat it.

The algorithm, for a second implementation. Golden values: tests/contract/model-golden/lexical.json. All numbers are
code points, all hashing is unsigned 32-bit (`Math.imul` in JavaScript).

1. Replace lone surrogates by U+FFFD, normalize to NFKD, remove U+0300..U+036F, lower-case (full Unicode mapping), and
   turn final sigma (U+03C2) into sigma (U+03C3).
2. Read code point by code point: `SYMBOLS` are words of their own, `IGNORED` ones vanish, `LETTERS` extend the current
   word, everything else ends it.
3. In a word, shorten runs of three or more equal code points to two; keep 24 code points; then, if it is five or more
   ASCII digits, make it `00000`. Keep the first 256 words.
4. Join the words with single spaces, with one more at each end. Every window of n = 3, 4, 5 code points whose inner
   ones (neither first nor last) are not spaces is a feature, hashed from the basis XOR n. Every word is one, hashed
   from the basis XOR 0x101, and every pair of neighbors joined by a space, from the basis XOR 0x102.
5. The hash is FNV-1a over code points, h = (h XOR c) * 16777619 from the basis 2166136261 (Fowler, Noll, Vo), then
   h ^= h >>> 16, h *= 0x85ebca6b, h ^= h >>> 13 (murmur3's mixing: FNV's low bits alone are poor). The bucket is the
   low 16 bits.
6. The features are the set of buckets, each of the value 1 / sqrt(size of the set); no words, no features.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.model.text import well_formed

# 65,536 buckets times six categories in int8 are 393 kB for a browser to fetch.
BUCKETS = 1 << 16
WINDOWS = (3, 4, 5)
# Bounds of the work for one text: more than the encoder reads (256 tokens), longer than a word that people write.
MAX_WORDS, MAX_WORD = 256, 24

# Quotes within words (don't), soft hyphens, zero-width and direction marks, variation selectors: ways to split a word.
IGNORED = ((0x27, 0x27), (0x60, 0x60), (0xAD, 0xAD), (0x2018, 0x2019), (0x200B, 0x200F), (0x202A, 0x202E),
           (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF))  # fmt: skip
# Currencies, arrows and pictures, emoji.
SYMBOLS = ((0x24, 0x24), (0xA3, 0xA3), (0xA5, 0xA5), (0x20A0, 0x20CF), (0x2190, 0x2BFF), (0x1F000, 0x1FAFF))
# ASCII letters and digits and every other script, less general punctuation and CJK punctuation.
LETTERS = ((0x30, 0x39), (0x61, 0x7A), (0xC0, 0x1FFF), (0x2C00, 0x2DFF), (0x2E80, 0x2FFF), (0x3040, 0x10FFFF))

_BASIS, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF
_SPACE = 0x20


def buckets(text: str) -> NDArray[np.int64]:
    """Return the sorted, distinct buckets of `text`; each has the value 1 / sqrt(number of buckets)."""
    spoken = words(text)
    if not spoken:
        return np.zeros(0, np.int64)
    hashes = np.concatenate([*_windows(spoken), np.fromiter(_word_hashes(spoken), np.uint32)])
    return np.unique(_mix(hashes) & np.uint32(BUCKETS - 1)).astype(np.int64)


def words(text: str) -> list[str]:
    """Return the normalized words of `text` (steps 1 to 3), at most 256."""
    decomposed = unicodedata.normalize("NFKD", well_formed(text))
    bare = "".join(c for c in decomposed if not 0x300 <= ord(c) <= 0x36F)
    found: list[str] = []
    current = ""
    for char in bare.lower().replace("\u03c2", "\u03c3"):
        point = ord(char)
        if _within(point, SYMBOLS):
            found += [current, char]
            current = ""
        elif _within(point, IGNORED):
            continue
        elif _within(point, LETTERS):
            current += char
        else:
            found.append(current)
            current = ""
    found.append(current)
    return [_shortened(word) for word in found if word][:MAX_WORDS]


def _within(point: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= point <= last for first, last in ranges)


def _shortened(word: str) -> str:
    kept = ""
    for char in word:
        if kept[-2:] != char * 2:
            kept += char
    kept = kept[:MAX_WORD]
    return "00000" if len(kept) >= 5 and kept.isascii() and kept.isdigit() else kept


def _windows(spoken: list[str]) -> Iterator[NDArray[np.uint32]]:
    """Yield the unmixed hashes of the windows of each length, over all words at once."""
    points = np.array([ord(c) for c in f" {' '.join(spoken)} "], np.uint32)
    for n in WINDOWS:
        count = len(points) - n + 1
        if count < 1:
            continue
        hashes = np.full(count, _BASIS ^ n, np.uint32)
        inside = np.ones(count, np.bool_)
        for offset in range(n):
            column = points[offset : offset + count]
            hashes = (hashes ^ column) * np.uint32(_PRIME)
            if 0 < offset < n - 1:
                inside &= column != _SPACE
        yield hashes[inside]


def _word_hashes(spoken: list[str]) -> Iterator[int]:
    for word in spoken:
        yield _fold(_BASIS ^ 0x101, word)
    for first, second in pairwise(spoken):
        yield _fold(_BASIS ^ 0x102, f"{first} {second}")


def _fold(state: int, text: str) -> int:
    for char in text:
        state = ((state ^ ord(char)) * _PRIME) & _MASK
    return state


def _mix(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    mixed: NDArray[np.uint32] = hashes ^ (hashes >> np.uint32(13))
    return mixed
