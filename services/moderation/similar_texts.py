"""Finds texts that are nearly the same as earlier ones, by MinHash signatures (Broder 1997) of their word pairs.

Signatures are only in memory: they are computed from the log again after a restart. No text is kept.
"""

import hashlib
import re
import unicodedata
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.policy import normalize
from shared.policy.disguises import restored

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
# Disguises cost ten times as much.
MOST_RESTORED = 1000
# The texts of a busy week: 35 MB. On a busier site the memory is shorter.
MOST_TEXTS = 50_000
WINDOW = timedelta(days=7)

_LINK = re.compile(r"(?:https?://|\bwww\.)(?:[^ /?#@]*@)?([^ /?#()<>\[\]\"']*)[^ ]*", re.ASCII)
# Punctuation and symbols, emoji among them: the easiest to vary. Marks are parts of words.
_SIGNS = re.compile(
    "[!-/:-@\\[-`{-~\u00a1-\u00bf\u2000-\u2bff\u3000-\u3004\u3008-\u3020\ufe10-\ufe6f\uff01-\uff0f\uff1a-\uff20"
    "\uff5f-\uff65\U0001f000-\U0001faff]+"
)
# Scripts that do not part words by spaces: pairs of characters stand for words, two for one.
_CHARACTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_UNSPACED = re.compile(f"[{_CHARACTERS}]")
_PART = re.compile(f"[{_CHARACTERS}]+|[^{_CHARACTERS}]+")
_PRIME = np.uint64(2**31 - 1)
_RANDOM = np.random.default_rng(20261130)  # fixed, so that all replicas agree
_FACTORS = _RANDOM.integers(1, 2**31 - 1, BANDS * ROWS, dtype=np.uint64)
_OFFSETS = _RANDOM.integers(0, 2**31 - 1, BANDS * ROWS, dtype=np.uint64)


def links_of(text: str) -> int:
    """Return the number of web links in a text."""
    return len(_LINK.findall(_beginning(text))) + len(_LINK.findall(text[MOST_CHARACTERS:].lower()))


def signature_of(text: str) -> Signature | None:
    """Return the signature of a text, shape (64,); None for one that is too short to be recognized.

    Of a link only the host counts, because adverts vary the rest. Signs do not count, nor do disguises of letters.
    """
    plain, links = _LINK.subn(_host, _beginning(text))
    parted = " ".join(_SIGNS.sub(" ", plain).split())
    words = [word for run in _undisguised(parted).split() for word in _words(run)]
    length = sum(0.5 if _UNSPACED.match(word) else 1 for word in words)
    if length < (LEAST_WORDS_WITH_LINK if links else LEAST_WORDS):
        return None
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    hashes = np.array([_hash(pair) for pair in pairs], np.uint64)
    minima: Signature = ((hashes[:, None] * _FACTORS + _OFFSETS) % _PRIME).min(axis=0)
    return minima


@dataclass(frozen=True)
class SeenText:
    """A text of the log, or a dry run, which has no post. `signature` None: too short to be recognized.

    `parent_id`: the post that a comment answers; empty for a post, and for an edit of a comment that is not known.
    """

    post_id: str
    author_id: str
    sequence: int
    at: datetime
    signature: Signature | None
    parent_id: str = ""


class SeenTexts:
    """The texts of the last days, in the order of the log. Answers depend only on the log before a sequence."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._texts: OrderedDict[int, SeenText] = OrderedDict()
        self._bands: defaultdict[tuple[int, bytes], set[int]] = defaultdict(set)
        self._by_author: defaultdict[str, set[int]] = defaultdict(set)
        self._by_post: defaultdict[str, set[int]] = defaultdict(set)
        self._decisions: dict[str, dict[int, bool]] = {}  # post → sequence of a decision → is it published

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: SeenText) -> None:
        """Add the next text of the log; one that is known changes nothing."""
        if text.sequence in self._texts:
            return
        if revisions := self._by_post.get(text.post_id):
            text = replace(text, parent_id=text.parent_id or self._texts[min(revisions)].parent_id)
        self._texts[text.sequence] = text
        self._by_author[text.author_id].add(text.sequence)
        self._by_post[text.post_id].add(text.sequence)
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

    def decide(self, post_id: str, sequence: int, *, published: bool) -> None:
        """Note a decision on a post, or its withdrawal. Of an unknown post nothing is kept."""
        if post_id in self._by_post:
            self._decisions.setdefault(post_id, {})[sequence] = published

    def published_before(self, judged: SeenText) -> int:
        """Return how many other posts of the author, of the window before a text, are published at that moment."""
        earlier = (self._texts[one] for one in self._by_author.get(judged.author_id, ()) if one < judged.sequence)
        posts = {text.post_id for text in earlier if text.at > judged.at - WINDOW} - {judged.post_id}
        return sum(self._is_published(post_id, judged.sequence) for post_id in posts)

    def copies_of(self, judged: SeenText, *, by_others: bool) -> int:
        """Return how many other posts of the window before a text have nearly the same text.

        Those of other authors count only if `by_others`, and neither against the author who wrote the text first nor
        against a comment that quotes what it answers: nobody can make the words of another into spam by copying them.
        """
        if judged.signature is None:
            return 0
        near = self._near(judged.signature, judged.sequence)
        is_first = bool(near) and near[0].author_id == judged.author_id
        is_quotation = any(text.post_id == judged.parent_id and text.author_id != judged.author_id for text in near)
        if is_first or is_quotation or not by_others:
            near = [text for text in near if text.author_id == judged.author_id]
        return len({text.post_id for text in near if text.at > judged.at - WINDOW} - {judged.post_id})

    def _near(self, signature: Signature, sequence: int) -> list[SeenText]:
        """Return all texts before a sequence that are nearly the same, in their order."""
        places = {one for band in _bands(signature) for one in self._bands.get(band, ()) if one < sequence}
        return [text for text in map(self._texts.__getitem__, sorted(places)) if _same(text, signature)]

    def _is_published(self, post_id: str, sequence: int) -> bool:
        decisions = self._decisions.get(post_id, {})
        last = max((one for one in decisions if one < sequence), default=None)
        return last is not None and decisions[last]

    def _remove(self, text: SeenText) -> None:
        del self._texts[text.sequence]
        _discard(self._by_author, text.author_id, text.sequence)
        _discard(self._by_post, text.post_id, text.sequence)
        if text.post_id not in self._by_post:
            self._decisions.pop(text.post_id, None)
        for band in _bands(text.signature):
            _discard(self._bands, band, text.sequence)


def _beginning(text: str) -> str:
    """Return the normalized beginning of a text. A character such as U+FDFA becomes 18, so the result is cut, too."""
    return normalize(unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])[:MOST_CHARACTERS]).text


def _undisguised(plain: str) -> str:
    """Return the text without disguised letters; a longer one as it is, because an advert is short."""
    return (restored(plain) if len(plain) <= MOST_RESTORED else None) or plain


def _host(link: re.Match[str]) -> str:
    """Return the host of a link as one word without signs."""
    return f" link{_SIGNS.sub('', link[1])} "


def _words(run: str) -> Iterator[str]:
    """Yield a word, or the pairs of neighbouring characters where a script parts words by no spaces."""
    for part in _PART.findall(run):
        if _UNSPACED.match(part) and len(part) > 1:
            yield from map("".join, pairwise(part))
        else:
            yield part


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
