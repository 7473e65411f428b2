"""The invariants, as pure checkers. Each returns its violations.

I1 nothing lost, I2 no phantom, I3 one decision, I4 legal order, I5 equal digests, I6 consistent checkpoints, I7 the
index, I10 everything accounted for, I11 one answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.log.events import EmbeddingStored, Event, PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UserErased

# The minimum cosine of a stored vector and the expected one. The index's half precision loses a tenth of this.
SAME_DIRECTION = 0.999


@dataclass(frozen=True)
class Answer:
    """The answer to one attempt. `sequence` is 0 if the answer had none."""

    kind: Literal["ok", "refused", "unknown"]
    sequence: int = 0


@dataclass(frozen=True)
class SentPost:
    """One submission with all answers that its client got. Without answers its outcome is unknown."""

    post_id: str
    author_id: str
    content_hash: str
    answers: tuple[Answer, ...] = ()

    @property
    def accepted(self) -> bool:
        """True if an attempt was accepted."""
        return any(answer.kind == "ok" for answer in self.answers)

    @property
    def refused(self) -> bool:
        """True if every attempt was refused, so that the post must not exist."""
        return bool(self.answers) and all(answer.kind == "refused" for answer in self.answers)


@dataclass(frozen=True)
class CheckpointReading:
    """A stored checkpoint: its sequence, its digest, and the digest of the log folded up to that sequence."""

    reached: int
    digest: str
    refolded: str


@dataclass(frozen=True)
class Point:
    """A post in the index: the sequence of its decision, and its vector (384, unit length)."""

    source_seq: int
    vector: NDArray[np.float32]


def nothing_lost(sent: Sequence[SentPost], log: Sequence[Event]) -> list[str]:
    """I1: every accepted submission is in the log exactly once, with its content."""
    stored = defaultdict(list)
    for event in _of(log, PostSubmitted):
        stored[event.entity_id].append(getattr(event.data, "content_hash", ""))
    return [
        f"{one.post_id} was accepted and is stored {len(stored[one.post_id])} times, same content: "
        f"{stored[one.post_id].count(one.content_hash)}"
        for one in sent
        if one.accepted and stored[one.post_id] != [one.content_hash]
    ]


def no_phantom(sent: Sequence[SentPost], log: Sequence[Event]) -> list[str]:
    """I2: every post in the log was sent and not refused."""
    known = {(one.post_id, one.content_hash): one for one in sent if not one.refused}
    return [
        f"{event.entity_id} at {event.sequence}: it was not sent, or it was refused"
        for event in _of(log, PostSubmitted)
        if (event.entity_id, getattr(event.data, "content_hash", "")) not in known
    ]


def one_answer(sent: Sequence[SentPost], log: Sequence[Event]) -> list[str]:
    """I11: each submission is one fact, however often it was sent, and every acceptance named its sequence."""
    places = defaultdict(set)
    for event in _of(log, PostSubmitted):
        places[event.entity_id].add(event.sequence)
    told = {one.post_id: {answer.sequence for answer in one.answers if answer.kind == "ok"} for one in sent}
    return [
        f"{post_id}: the answers name {sorted(answers)}, the log holds {sorted(places[post_id])}"
        for post_id, answers in told.items()
        if answers and answers != places[post_id]
    ]


def one_decision(log: Sequence[Event], *, quiet: bool) -> list[str]:
    """I3: an engine decides at most once on a revision. If `quiet`, the latest revision of every post is decided."""
    decided = Counter(
        (event.entity_id, event.data.revision)
        for event in log
        if isinstance(event.data, PostDecided) and event.data.decided_by == "engine"
    )
    wrong = [f"{post} revision {revision} was decided {n} times" for (post, revision), n in decided.items() if n > 1]
    if quiet:
        wrong += [
            f"{post_id} revision {revision} is not decided"
            for post_id, revision in waiting_revisions(log).items()
            if not decided[post_id, revision]
        ]
    return wrong


def waiting_revisions(log: Sequence[Event]) -> dict[str, int]:
    """Return post → latest revision, of every post that is not withdrawn and whose author is not erased."""
    erased = {event.entity_id for event in _of(log, UserErased)}
    latest: dict[str, int] = {}
    for event in log:
        if isinstance(event.data, PostSubmitted | PostEdited) and event.data.author_id not in erased:
            latest[event.entity_id] = event.data.revision
        elif isinstance(event.data, PostWithdrawn):
            latest.pop(event.entity_id, None)
    return latest


def legal_order(log: Sequence[Event], visible: Set[str] = frozenset()) -> list[str]:
    """I4: each fact of a post follows the fact that it requires, and every `visible` post is published."""
    wrong = [fault for history in _histories(log).values() for fault in _illegal(history)]
    public = published(log)
    return [*wrong, *(f"{post_id} is visible and not published" for post_id in visible if post_id not in public)]


def published(log: Sequence[Event]) -> dict[str, Event]:
    """Return post → the decision that published its latest revision, for every public post."""
    erased = {event.entity_id for event in _of(log, UserErased)}
    public: dict[str, Event] = {}
    for event in log:
        if isinstance(event.data, PostDecided) and event.data.outcome == "published":
            if event.data.author_id not in erased:
                public[event.entity_id] = event
        elif isinstance(event.data, PostDecided | PostEdited | PostWithdrawn):
            public.pop(event.entity_id, None)
    return public


def same_digest(digests: Mapping[str, str]) -> list[str]:
    """I5: a view has the same digest, however it was built."""
    return [] if len(set(digests.values())) == 1 else [f"{name}: {digest}" for name, digest in digests.items()]


def consistent_checkpoints(readings: Sequence[CheckpointReading]) -> list[str]:
    """I6: a checkpoint matches the log at its sequence, and sequences never decrease."""
    wrong = [f"reached {one.reached} holds something else" for one in readings if one.digest != one.refolded]
    back = [f"went from {old.reached} to {new.reached}" for old, new in pairwise(readings) if new.reached < old.reached]
    return [*wrong, *back]


def index_is_published(wanted: Mapping[str, Point], found: Mapping[str, Point], count: int) -> list[str]:
    """I7: the index has exactly the published posts, each with its decision and vector. `count`: posts in the index."""
    wrong = [] if count == len(wanted) else [f"{count} posts can be found, {len(wanted)} are published"]
    for post_id, point in wanted.items():
        there = found.get(post_id)
        if there is None:
            wrong.append(f"{post_id} is missing")
        elif there.source_seq != point.source_seq:
            wrong.append(f"{post_id} is of {there.source_seq}, published by {point.source_seq}")
        elif float(there.vector @ point.vector) < SAME_DIRECTION:
            wrong.append(f"{post_id} has another text's vector")
    return wrong


def accounted(delivered: Set[int], processed: Set[int], dead: Sequence[int], poison: Set[int]) -> list[str]:
    """I10: each delivered sequence was either processed or, if it is poison, written once as a dead letter."""
    wrong = [f"{sequence} was neither processed nor a dead letter" for sequence in delivered - processed - set(dead)]
    wrong += [f"{sequence} was processed and a dead letter" for sequence in processed & set(dead)]
    wrong += [f"{sequence} was a dead letter {n} times" for sequence, n in Counter(dead).items() if n > 1]
    return wrong + [f"{sequence} is wrongly a dead letter, or wrongly none" for sequence in set(dead) ^ poison]


def _histories(log: Sequence[Event]) -> dict[str, list[Event]]:
    histories = defaultdict(list)
    for event in log:
        if event.data.ENTITY in ("post", "embedding"):
            histories[event.entity_id].append(event)
    return histories


def _illegal(history: Sequence[Event]) -> Iterator[str]:
    by_sequence: dict[int, Event] = {}
    before: Event | None = None  # the post's previous fact
    current: Event | None = None  # its last text, withdrawal or decision
    for event in history:
        fact, name = event.data, f"{event.type} of {event.entity_id} at {event.sequence}"
        if (before is None) != isinstance(fact, PostSubmitted):
            yield f"{name}: a post begins with its submission, once"
        if isinstance(fact, PostDecided):
            judged = by_sequence.get(fact.judged_sequence)
            text = judged.data if judged else None
            if not isinstance(text, PostSubmitted | PostEdited) or text.revision != fact.revision:
                yield f"{name}: judged {fact.judged_sequence}, which is not revision {fact.revision}"
            elif fact.decided_by == "engine" and judged is not current:
                yield f"{name}: an edit, a withdrawal or a decision came between the text and its decision"
        if isinstance(fact, EmbeddingStored):
            cause = by_sequence.get(fact.source_sequence)
            if cause is None or getattr(cause.data, "outcome", "") != "published":
                yield f"{name}: stored without being published"
        else:
            before = event
        if isinstance(fact, PostSubmitted | PostEdited | PostWithdrawn | PostDecided):
            current = event
        by_sequence[event.sequence] = event


def _of(log: Sequence[Event], kind: type[PostSubmitted] | type[UserErased]) -> Iterator[Event]:
    return (event for event in log if isinstance(event.data, kind))
