"""What this service knows about posts, search and readers. Pure: time and stored state come in as data."""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.log.signals import SignalKind

Vector = NDArray[np.float32]
Kind = Literal["post", "comment"]
Why = Literal["exact", "words", "meaning", "words and meaning"]

# Cosine below which two MiniLM texts have nothing to do with each other: 99% of 720,000 pairs of posts from different
# communities lie under it. So a search for nonsense finds little instead of the least bad posts.
MEANING_FLOOR = 0.28

# Rank constant of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009.
RRF_K = 60
# Over any fused score (at most 2/61), so that exact matches stand first, titles before phrases.
PHRASE_BONUS, TITLE_BONUS = 1.0, 2.0

# The tombstone of nothing: its sequence says up to where the index was built from the log.
BUILT = str(uuid.uuid5(uuid.NAMESPACE_URL, "ottit:built"))
# Another one: its sequence says of which log the index is, by the microsecond in which that log was made.
LOG = str(uuid.uuid5(uuid.NAMESPACE_URL, "ottit:log"))

# How much a signal says about taste. A vote is a judgement; a read is weak evidence (people open what they
# then dislike); "show less" weighs like a downvote, because it is said about the topic and on purpose.
SIGNAL_WEIGHTS: Mapping[SignalKind, float] = {"vote": 1.0, "read": 0.3, "less": -1.0}
# Half of a signal's weight is gone after a month: interests of a season fade, steady ones are renewed.
TASTE_HALF_LIFE = timedelta(days=30)
# Of all weight together, a sum shorter than this is likes and dislikes that cancel out: its direction is noise.
SHORTEST_TASTE = 1e-3


@dataclass(frozen=True, slots=True)
class PostPoint:
    """One published revision. `vector`: float32, unit length; `source_seq`: the decision that published it."""

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
    """What a result must be. None asks nothing; an empty tuple of `ids` or `communities` allows nothing."""

    community: str | None = None
    author_id: str | None = None
    kind: Kind | None = None
    newer_than: datetime | None = None
    ids: tuple[str, ...] | None = None
    communities: tuple[str, ...] | None = None  # all that this person may see
    hidden_authors: tuple[str, ...] = ()
    hidden_ids: tuple[str, ...] = ()

    def without(self, post_id: str) -> "SearchFilter":
        """The same, but never this post."""
        return replace(self, hidden_ids=(*self.hidden_ids, post_id))


@dataclass(frozen=True, slots=True)
class Hit:
    """A found post. A search's score is a sum of reciprocal ranks, over 1 for exact matches; else it is a cosine."""

    post_id: str
    score: float
    why: Why


@dataclass(frozen=True, slots=True)
class SearchText:
    """What a person typed. `phrases` must occur word for word; `title_key` is compared with whole titles."""

    words: str
    phrases: tuple[str, ...]
    title_key: str

    @property
    def as_phrase(self) -> str | None:
        """The words as one phrase that lifts who says it; None where one word says too little or quotes rule."""
        return self.words if not self.phrases and len(self.title_key.split()) > 1 else None


@dataclass(frozen=True, slots=True)
class ReaderSignal:
    """The last word of one reader on one post: a vote (−1, 0, 1), a read (1) or "show less" (1, 0)."""

    post_id: str
    kind: SignalKind
    value: int
    occurred_at: datetime


class IndexUnavailable(Exception):
    """The index does not answer now; asking again later may help."""


class PostIndex(Protocol):
    """The published posts, by meaning and by words. Every write is durable and idempotent when it returns.

    Every method may raise IndexUnavailable.
    """

    async def prepare(self) -> None:
        """Open what is closed and make what is missing; nothing where all is there."""

    async def sequence(self, post_id: str) -> int:
        """The sequence of the newest write or take-down of a post; 0 where there was none."""

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store what is newer than what is there; the ids that were written."""

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Take a post down and keep its tombstone; False where something newer stands."""

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Take down all that a person wrote and refuse late writes of theirs; how many posts went."""

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Exact matches first, then words and meaning fused. Without a vector: words only."""

    async def related(self, post_id: str, limit: int, within: SearchFilter) -> list[Hit]:
        """Posts near to one in meaning and unlike each other, never itself; empty where it is unknown."""

    async def nearest(self, vector: Vector, limit: int, within: SearchFilter) -> list[Hit]:
        """Posts nearest to a vector, best first, none under the meaning floor."""

    async def similarities(self, vector: Vector, post_ids: Sequence[str]) -> dict[str, float]:
        """Cosine of each known post with the vector; unknown posts are absent."""

    async def vectors(self, post_ids: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of the known posts."""

    async def optimize(self) -> None:
        """Merge segments and drop what was deleted. Searches wait meanwhile: call it at start-up."""

    async def count(self) -> int:
        """How many posts can be found."""

    async def digest(self) -> str:
        """Hash of all that can be found: equal content, equal digest, in whatever order it was written."""

    async def clear(self) -> None:
        """Forget everything."""

    async def close(self) -> None:
        """Release the index; what was written stays."""


def supersedes(existing_seq: int | None, new_seq: int) -> bool:
    """Whether a write caused by `new_seq` may replace what `existing_seq` wrote (None: nothing is there)."""
    return existing_seq is None or new_seq > existing_seq


def author_grave(author_id: str) -> str:
    """The id under which an erased author's tombstone stands."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ottit:erased-author:{author_id}"))


def keys_of(points: Iterable[PostPoint]) -> set[str]:
    """The ids whose sequences `newest` wants to see: the posts and their authors' tombstones."""
    return {key for point in points for key in (point.post_id, author_grave(point.author_id))}


def newest(points: Iterable[PostPoint], seen: Mapping[str, int]) -> list[PostPoint]:
    """The points worth writing: one per post, newer than what stands under its id or its author's tombstone."""
    chosen: dict[str, PostPoint] = {}
    for point in points:
        standing = max(seen.get(point.post_id, 0), seen.get(author_grave(point.author_id), 0))
        if point.post_id in chosen:
            standing = max(standing, chosen[point.post_id].source_seq)
        if supersedes(standing or None, point.source_seq):
            chosen[point.post_id] = point
    return list(chosen.values())


def title_key(title: str) -> str:
    """A title without case, width, punctuation and extra spaces: `"Hello,  ChangeSet!"` → `hello world`."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"\w+", folded))


def read_search(text: str) -> SearchText:
    """Split what was typed into quoted phrases and words (the words of the phrases included)."""
    phrases = tuple(p.strip() for p in re.findall(r'["“”„]([^"“”„]+)["“”„]', text) if title_key(p))
    words = " ".join(re.sub(r'["“”„]', " ", text).split())
    return SearchText(words=words, phrases=phrases, title_key=title_key(words))


def ranked(fused: Sequence[tuple[str, float]], phrase: Sequence[str], title: Sequence[str]) -> list[tuple[str, float]]:
    """All that was found as (id, score), best first: exact titles, exact phrases, then words and meaning fused.

    Equal scores stand by id, so that pages do not overlap.
    """
    scores = dict(fused)
    for bonus, exact in ((PHRASE_BONUS, phrase), (TITLE_BONUS, title)):
        scores |= {post_id: bonus + 1 / (RRF_K + rank) for rank, post_id in enumerate(exact, 1)}
    return sorted(scores.items(), key=lambda found: (-found[1], found[0]))


def why_found(score: float, asked: SearchText, shares_words: bool, cosine: float) -> Why:
    """Say how a hit was found: exact matches score over 1, the rest by shared words, cosine or both."""
    if asked.phrases or score >= PHRASE_BONUS:
        return "exact"
    if not shares_words:
        return "meaning"
    return "words and meaning" if cosine >= MEANING_FLOOR else "words"


def reader_vector(signals: Iterable[ReaderSignal], vectors: Mapping[str, Vector], now: datetime) -> Vector | None:
    """Where a reader's taste points: liked posts pull, disliked ones push, old signals fade.

    Returns a unit vector; None where no signal falls on a known post or likes and dislikes cancel out.
    After Rocchio, "Relevance feedback in information retrieval" (1971).
    """
    total: Vector = np.zeros(1, dtype=np.float32)
    weights = 0.0
    for signal in signals:
        vector = vectors.get(signal.post_id)
        if vector is None or signal.value == 0:
            continue
        age = max(timedelta(0), now - signal.occurred_at)
        weight = SIGNAL_WEIGHTS[signal.kind] * signal.value * 0.5 ** (age / TASTE_HALF_LIFE)
        total = total + np.float32(weight) * vector
        weights += abs(weight)
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > SHORTEST_TASTE * weights else None
