"""Finds texts that are nearly the same as earlier ones, by MinHash signatures (Broder 1997) of their word pairs.

Signatures are only in memory: they are computed from the log again after a restart. No text is kept.
"""

import hashlib
import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.policy import normalize

Signature = NDArray[np.uint64]
Key = TypeVar("Key")

# 16 bands of 4: of texts that share 60% of their word pairs, 9 in 10 meet in a band; of those that share 20%, 1 in 40.
BANDS, ROWS = 16, 4
# The share of equal values from which two texts are nearly the same: an advert with other names, prices or addresses.
SAME_SHARE = 0.6
# Short texts are alike by chance ("Thank you so much!"). With a link a few words are an advert.
LEAST_WORDS, LEAST_WORDS_WITH_LINK = 12, 3
# The beginning tells enough, and bounds the cost: 0.5 ms for the longest.
MOST_CHARACTERS = 4000
# The texts of a busy week: 35 MB. On a busier site the memory is shorter.
MOST_TEXTS = 50_000
WINDOW = timedelta(days=7)

_LINK = re.compile(r"(?:https?://|\bwww\.)([^ /?#]*)[^ ]*", re.ASCII)
_PRIME = np.uint64(2**31 - 1)
_RANDOM = np.random.default_rng(20261130)  # fixed, so that all replicas agree
_FACTORS = _RANDOM.integers(1, 2**31 - 1, BANDS * ROWS, dtype=np.uint64)
_OFFSETS = _RANDOM.integers(0, 2**31 - 1, BANDS * ROWS, dtype=np.uint64)


def links_of(text: str) -> int:
    """Return the number of web links in a text."""
    return len(_LINK.findall(normalize(text[:MOST_CHARACTERS]).text))


def signature_of(text: str) -> Signature | None:
    """Return the signature of a text, shape (64,); None for one that is too short to be recognized.

    Of a link only the host counts, because adverts vary the rest.
    """
    plain = normalize(text[:MOST_CHARACTERS]).text
    words = _LINK.sub(r" link:\1 ", plain).split()
    least = LEAST_WORDS_WITH_LINK if "link:" in plain or _LINK.search(plain) else LEAST_WORDS
    if len(words) < least:
        return None
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    hashes = np.array([_hash(pair) for pair in pairs], np.uint64)
    minima: Signature = ((hashes[:, None] * _FACTORS + _OFFSETS) % _PRIME).min(axis=0)
    return minima


@dataclass(frozen=True)
class SeenText:
    """A text of the log. `signature` None: too short to be recognized."""

    post_id: str
    author_id: str
    sequence: int
    at: datetime
    signature: Signature | None


class SeenTexts:
    """The texts of the last days, in the order of the log. Answers depend only on the log before a sequence."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._texts: OrderedDict[int, SeenText] = OrderedDict()
        self._bands: defaultdict[tuple[int, bytes], set[int]] = defaultdict(set)
        self._by_author: defaultdict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: SeenText) -> None:
        """Add the next text of the log; one that is known changes nothing."""
        if text.sequence in self._texts:
            return
        self._texts[text.sequence] = text
        self._by_author[text.author_id].add(text.sequence)
        for band in _bands(text.signature):
            self._bands[band].add(text.sequence)
        while self._texts:
            oldest = next(iter(self._texts.values()))
            if len(self._texts) <= self._most and oldest.at > text.at - 2 * WINDOW:
                break
            self._remove(oldest)

    def at(self, sequence: int) -> SeenText | None:
        """Return the text of a fact, if it is known."""
        return self._texts.get(sequence)

    def forget(self, author_id: str) -> None:
        """Forget an erased author's texts."""
        for sequence in list(self._by_author.get(author_id, ())):
            self._remove(self._texts[sequence])

    def posts_before(self, author_id: str, sequence: int, at: datetime, post_id: str) -> int:
        """Return how many other posts the author wrote within the window before a sequence."""
        earlier = (self._texts[one] for one in self._by_author.get(author_id, ()) if one < sequence)
        return len({text.post_id for text in earlier if text.at > at - WINDOW} - {post_id})

    def copies_before(self, signature: Signature | None, sequence: int, at: datetime, post_id: str) -> int:
        """Return how many other posts within the window before a sequence have nearly the same text."""
        if signature is None:
            return 0
        near = {one for band in _bands(signature) for one in self._bands.get(band, ()) if one < sequence}
        texts = (self._texts[one] for one in near)
        return len({text.post_id for text in texts if text.at > at - WINDOW and _same(text, signature)} - {post_id})

    def _remove(self, text: SeenText) -> None:
        del self._texts[text.sequence]
        _discard(self._by_author, text.author_id, text.sequence)
        for band in _bands(text.signature):
            _discard(self._bands, band, text.sequence)


def _hash(pair: str) -> int:
    return int.from_bytes(hashlib.blake2b(pair.encode("utf-8", "replace"), digest_size=4).digest()) & 0x7FFFFFFF


def _bands(signature: Signature | None) -> Iterator[tuple[int, bytes]]:
    if signature is not None:
        for band in range(BANDS):
            yield band, signature[band * ROWS : (band + 1) * ROWS].tobytes()


def _same(text: SeenText, signature: Signature) -> bool:
    return text.signature is not None and float((text.signature == signature).mean()) >= SAME_SHARE


def _discard(index: defaultdict[Key, set[int]], key: Key, sequence: int) -> None:
    index[key].discard(sequence)
    if not index[key]:
        del index[key]
