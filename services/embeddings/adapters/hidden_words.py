"""Replaces words by keyed hashes, so that the index finds words and phrases without storing one.

An index keeps the bytes of a removed post until it merges its segments, days later or never. Words that it has never
stored need no erasure there, on any engine.
"""

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b
from re import compile as regex

# As the index's own tokenizer splits words: at everything that is neither a letter nor a digit.
WORD = regex(r"[^\W_]+")
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

    def text(self, text: str) -> str:
        """Return the hashes of all words in their order, separated by spaces: phrases stay phrases."""
        folded = unicodedata.normalize("NFKC", text).casefold()
        return " ".join(self._hash(b"word", word.encode(), WORD_BYTES) for word in WORD.findall(folded))

    def title(self, key: str) -> str:
        """Return the hash of a normalized title; empty for an empty one."""
        return self._hash(b"title", key.encode(), TITLE_BYTES) if key else ""

    def stems(self, indices: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
        """Return BM25 weights under hashed indices, in rising order."""
        hidden: dict[int, float] = {}
        for index, value in zip(indices, values, strict=True):
            hashed = int(self._hash(b"stem", index.to_bytes(8, "big"), STEM_BYTES), 16)
            hidden[hashed] = hidden.get(hashed, 0.0) + value
        ordered = sorted(hidden)
        return ordered, [hidden[index] for index in ordered]

    def _hash(self, purpose: bytes, data: bytes, size: int) -> str:
        return blake2b(data, digest_size=size, key=self._key, person=purpose).hexdigest()
