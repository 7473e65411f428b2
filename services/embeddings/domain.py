"""Rules of search, indexing and user embeddings. Pure: time and stored state come in as data."""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.log.signals import SignalKind

Vector = NDArray[np.float32]
Kind = Literal["post", "comment"]
MatchReason = Literal["exact", "words", "meaning", "words and meaning"]

# Cosine below which two MiniLM texts are unrelated: 99% of 720,000 pairs of posts from different communities lie
# under it. A search for nonsense therefore finds little instead of the least bad posts.
MEANING_FLOOR = 0.28

# Rank constant of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009.
RRF_K = 60
# Larger than any fused score (at most 2/61), so that exact matches come first, titles before phrases.
PHRASE_BONUS, TITLE_BONUS = 1.0, 2.0

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
    """One published revision. `vector` is float32 of unit length; `source_seq` is the decision that published it."""

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
    hidden_ids: tuple[str, ...] = ()

    def without(self, post_id: str) -> "SearchFilter":
        """Return the same filter that also excludes this post."""
        return replace(self, hidden_ids=(*self.hidden_ids, post_id))


@dataclass(frozen=True, slots=True)
class Hit:
    """A found post. A search scores a sum of reciprocal ranks, above 1 for exact matches; otherwise it is a cosine."""

    post_id: str
    score: float
    why: MatchReason


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed search text. `phrases` must occur word for word; `title_key` is compared with whole titles."""

    words: str
    phrases: tuple[str, ...]
    title_key: str

    @property
    def as_phrase(self) -> str | None:
        """The words as one phrase that moves posts up; None for a single word or if phrases were quoted."""
        return self.words if not self.phrases and len(self.title_key.split()) > 1 else None


@dataclass(frozen=True, slots=True)
class ReaderSignal:
    """The latest signal of one reader on one post: a vote (−1, 0, 1), a read (1) or "show less" (1, 0)."""

    post_id: str
    kind: SignalKind
    value: int
    occurred_at: datetime


class IndexUnavailable(Exception):
    """The index does not respond; a later request may succeed."""


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
    """Normalize case, width, punctuation and spaces of a title: `"Hello,  World!"` → `hello world`."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"\w+", folded))


def parse_search(text: str) -> SearchQuery:
    """Split a search text into quoted phrases and words (the words of the phrases included)."""
    phrases = tuple(p.strip() for p in re.findall(r'["“”„]([^"“”„]+)["“”„]', text) if title_key(p))
    words = " ".join(re.sub(r'["“”„]', " ", text).split())
    return SearchQuery(words=words, phrases=phrases, title_key=title_key(words))


def merge_results(
    fused: Sequence[tuple[str, float]], phrase: Sequence[str], title: Sequence[str]
) -> list[tuple[str, float]]:
    """Merge results into (id, score), best first: exact titles, exact phrases, then words and meaning fused.

    Equal scores are sorted by id, so that pages do not overlap.
    """
    scores = dict(fused)
    for bonus, exact in ((PHRASE_BONUS, phrase), (TITLE_BONUS, title)):
        scores |= {post_id: bonus + 1 / (RRF_K + rank) for rank, post_id in enumerate(exact, 1)}
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def match_reason(score: float, search: SearchQuery, shares_words: bool, cosine: float) -> MatchReason:
    """Return why a hit matched: exact matches score above 1, others match by shared words, by cosine or by both."""
    if search.phrases or score >= PHRASE_BONUS:
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
