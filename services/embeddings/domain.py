"""Rules of search, indexing and user embeddings. Pure: time and stored state come in as data."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.embeddings.search_words import Phrase, literal_phrases, words_of
from shared.log.signals import SignalKind

Vector = NDArray[np.float32]
Kind = Literal["post", "comment"]
MatchReason = Literal["exact", "words", "meaning", "words and meaning"]

# Cosine below which two MiniLM texts are unrelated: 99% of 720,000 pairs of posts from different communities lie
# under it. A search for nonsense therefore finds little instead of the least bad posts.
MEANING_FLOOR = 0.28

# The share of the cosine in a fused score, chosen on one half of 1,600 queries: from 0.75 to 0.85 it hardly matters.
# `python -m tests.bench --only search` measures it on posts of your own.
MEANING_WEIGHT = 0.82
# The model has learnt English. Of other scripts it knows single characters, so words count more.
FOREIGN_MEANING_WEIGHT = 0.2
# Letters of two kinds: Latin ones, and those of other scripts with their marks. Addresses are in Latin letters anyway.
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]")
_OTHER_SCRIPT = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\ua4cf\ua4d0-\ua71f"
    "\ua800-\uab2f\uab70-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc"
    "\U00010000-\U0001cfff\U0001e000-\U0001efff\U00020000-\U0003ffff]"
)
_ADDRESS = re.compile("https?://[^ \t\n\r]+")
# Larger than any fused score, so that exact matches come first, titles before phrases.
PHRASE_BONUS, TITLE_BONUS = 1.0, 2.0
LAST = 1e-3

# Quotation marks around phrases, in pairs; Japanese and Chinese ones too. Within a Hebrew word the mark is a letter's.
QUOTED = re.compile('(?<![\u05d0-\u05ea])["“”„]([^"“”„]+)["“”„]|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』')
QUOTE = re.compile('["“”„«»「」『』]')

# Two markers, stored like tombstones. The first has the sequence up to which the index was built from the log, the
# second the creation time of the log in microseconds, which identifies the log.
BUILT_MARKER = str(uuid.uuid5(uuid.NAMESPACE_URL, "ottit:built"))
LOG_MARKER = str(uuid.uuid5(uuid.NAMESPACE_URL, "ottit:log"))

# The weight of a signal in the user embedding. A vote is a judgement; a read is weak evidence (people open what they
# then dislike); "show less" weighs like a downvote, because it is a deliberate statement about the topic.
SIGNAL_WEIGHTS: Mapping[SignalKind, float] = {"vote": 1.0, "read": 0.3, "less": -1.0}
# A signal loses half of its weight in a month: interests of a season fade, steady ones are renewed.
SIGNAL_HALF_LIFE = timedelta(days=30)
# A sum shorter than this share of all weights means that likes and dislikes cancel out: its direction is noise.
MIN_RELATIVE_LENGTH = 1e-3


@dataclass(frozen=True, slots=True)
class PostPoint:
    """One published revision. `source_seq` is the decision that published it.

    `vector` is float32 of unit length, and all zeros for a text that the model cannot read: that is near to nothing.
    """

    post_id: str
    revision: int
    source_seq: int
    vector: Vector
    title: str
    body: str
    community: str
    author_id: str
    kind: Kind
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Conditions on results. None sets no condition; an empty tuple of `ids` or `communities` allows nothing."""

    community: str | None = None
    author_id: str | None = None
    kind: Kind | None = None
    newer_than: datetime | None = None
    ids: tuple[str, ...] | None = None
    communities: tuple[str, ...] | None = None  # all that this user may see
    hidden_authors: tuple[str, ...] = ()
    hidden_communities: tuple[str, ...] = ()
    hidden_ids: tuple[str, ...] = ()

    def without(self, post_id: str) -> "SearchFilter":
        """Return the same filter that also excludes this post."""
        return replace(self, hidden_ids=(*self.hidden_ids, post_id))


@dataclass(frozen=True, slots=True)
class Hit:
    """A found post. A search scores below 1, and from 1 for exact matches; otherwise the score is a cosine."""

    post_id: str
    score: float
    why: MatchReason


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed search text. `title_key` is compared with whole titles.

    `quoted` must occur in every result; without quotes, `literal` moves posts up in which all of it occurs.
    """

    words: str
    quoted: tuple[Phrase, ...]
    literal: tuple[Phrase, ...]
    title_key: str
    meaning_weight: float


@dataclass(frozen=True, slots=True)
class ReaderSignal:
    """The latest signal of one reader on one post: a vote (−1, 0, 1), a read (1) or "show less" (1, 0)."""

    post_id: str
    kind: SignalKind
    value: int
    occurred_at: datetime


class IndexUnavailable(Exception):
    """The index does not respond; a later request may succeed."""


def is_read_by_model(text: str) -> bool:
    """Return whether the model can tell the meaning of a text: at least two thirds of its letters are Latin.

    Of other scripts it knows no letter or only single ones, so that posts about different things get nearly the same
    vector. The same as in `client/src/platform/local-index/vector-search.ts`.
    """
    words = _ADDRESS.sub(" ", text)
    latin = len(_LATIN.findall(words))
    return latin > 0 and latin >= 2 * len(_OTHER_SCRIPT.findall(words))


def supersedes(existing_seq: int | None, new_seq: int) -> bool:
    """Return whether a write caused by `new_seq` may replace that of `existing_seq` (None: nothing is stored)."""
    return existing_seq is None or new_seq > existing_seq


def author_tombstone_id(author_id: str) -> str:
    """Return the id of an erased author's tombstone."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ottit:erased-author:{author_id}"))


def ids_to_check(points: Iterable[PostPoint]) -> set[str]:
    """Return the ids whose stored sequences `newer_points` needs: the posts and their authors' tombstones."""
    return {key for point in points for key in (point.post_id, author_tombstone_id(point.author_id))}


def newer_points(points: Iterable[PostPoint], stored: Mapping[str, int]) -> list[PostPoint]:
    """Return the points to write: one per post, newer than the sequences stored for it and its author's tombstone."""
    chosen: dict[str, PostPoint] = {}
    for point in points:
        existing = max(stored.get(point.post_id, 0), stored.get(author_tombstone_id(point.author_id), 0))
        if point.post_id in chosen:
            existing = max(existing, chosen[point.post_id].source_seq)
        if supersedes(existing or None, point.source_seq):
            chosen[point.post_id] = point
    return list(chosen.values())


def title_key(title: str) -> str:
    """Return the words of a title: `"Hello,  World!"` → `hello world`."""
    return " ".join(words_of(title))


def parse_search(text: str) -> SearchQuery:
    """Split a search text into quoted phrases and words (the words of the phrases included)."""
    quoted = [phrase for groups in QUOTED.findall(text) for phrase in literal_phrases("".join(groups), quoted=True)]
    words = " ".join(QUOTE.sub(" ", text).split())
    return SearchQuery(
        words=words,
        quoted=tuple(quoted),
        literal=() if quoted else tuple(literal_phrases(words)),
        title_key=title_key(words),
        meaning_weight=MEANING_WEIGHT if title_key(words).isascii() else FOREIGN_MEANING_WEIGHT,
    )


def fuse(words: Mapping[str, float], cosines: Mapping[str, float], meaning_weight: float) -> dict[str, float]:
    """Fuse BM25 scores, as shares of the best one, with cosines into scores below 1 by a weighted sum.

    After Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval", TOIS 2023.
    """
    best = max(words.values(), default=1.0)
    fused = {post_id: (1 - meaning_weight) * score / best for post_id, score in words.items()}
    for post_id, cosine in cosines.items():
        fused[post_id] = fused.get(post_id, 0.0) + meaning_weight * max(0.0, min(cosine, 0.999))
    return fused


def merge_results(fused: Mapping[str, float], literal: Sequence[str], title: Sequence[str]) -> list[tuple[str, float]]:
    """Merge results into (id, score), best first: exact titles, then all that was typed, then words and meaning fused.

    Among exact matches the fused score decides, and behind the candidates of the fusion the given order. Equal scores
    are sorted by id, so that pages do not overlap.
    """
    scores = dict(fused)
    for bonus, exact in ((PHRASE_BONUS, literal), (TITLE_BONUS, title)):
        scores |= {post_id: bonus + fused.get(post_id, LAST / rank) for rank, post_id in enumerate(exact, 1)}
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def match_reason(score: float, search: SearchQuery, shares_words: bool, cosine: float) -> MatchReason:
    """Return why a hit matched: exact matches score above 1, others match by shared words, by cosine or by both."""
    if search.quoted or score >= PHRASE_BONUS:
        return "exact"
    if not shares_words:
        return "meaning"
    return "words and meaning" if cosine >= MEANING_FLOOR else "words"


def user_embedding(signals: Iterable[ReaderSignal], vectors: Mapping[str, Vector], now: datetime) -> Vector | None:
    """Sum up the vectors of a reader's posts: liked posts pull, disliked ones push, old signals fade.

    Returns a unit vector; None if no signal is on a known post or if likes and dislikes cancel out.
    After Rocchio, "Relevance feedback in information retrieval" (1971).
    """
    total: Vector = np.zeros(1, dtype=np.float32)
    weights = 0.0
    for signal in signals:
        vector = vectors.get(signal.post_id)
        if vector is None or signal.value == 0:
            continue
        age = max(timedelta(0), now - signal.occurred_at)
        weight = SIGNAL_WEIGHTS[signal.kind] * signal.value * 0.5 ** (age / SIGNAL_HALF_LIFE)
        total = total + np.float32(weight) * vector
        weights += abs(weight)
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > MIN_RELATIVE_LENGTH * weights else None
