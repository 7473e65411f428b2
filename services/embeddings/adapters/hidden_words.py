"""Replaces words by keyed hashes, so that the index finds words and phrases without storing one.

An index keeps the bytes of a removed post until it merges its segments, days later or never. Words that it has never
stored need no erasure there, on any engine.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

# 48 bits: a million different words have a chance of 1 in 500 that any two of them share a hash.
WORD_BYTES = 6
TITLE_BYTES = 16
STEM_BYTES = 4  # the index takes 32 bits


class HiddenWords:
    """Hashes under one key. Without the key nobody can test whether a word occurs."""

    def __init__(self, key: bytes = b"") -> None:
        """`key`: at most 64 bytes; the default serves tests, whose texts are no secret."""
        self._key = key

    @property
    def name(self) -> str:
        """A public name of the key: an index under another key finds nothing and must be built again."""
        return self._hash(b"name", b"", STEM_BYTES)

    def text(self, words: Iterable[str]) -> str:
        """Return the hashes of the words in their order, separated by spaces: phrases stay phrases."""
        return " ".join(self._hash(b"word", word.encode(), WORD_BYTES) for word in words)

    def title(self, key: str) -> str:
        """Return the hash of a normalized title; empty for an empty one."""
        return self._hash(b"title", key.encode(), TITLE_BYTES) if key else ""

    def terms(self, weights: Mapping[str, float]) -> tuple[list[int], list[float]]:
        """Return weights under hashed terms, in rising order."""
        hidden: dict[int, float] = {}
        for term, weight in weights.items():
            hashed = int(self._hash(b"stem", term.encode(), STEM_BYTES), 16)
            hidden[hashed] = hidden.get(hashed, 0.0) + weight
        ordered = sorted(hidden)
        return ordered, [hidden[index] for index in ordered]

    def _hash(self, purpose: bytes, data: bytes, size: int) -> str:
        return blake2b(data, digest_size=size, key=self._key, person=purpose).hexdigest()
