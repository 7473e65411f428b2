"""Pure folds: the latest signals of each reader, and the latest fact about each post."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.embeddings.domain import ReaderSignal
from shared.log.events import (
    Event,
    Fact,
    PostDecided,
    PostEdited,
    PostSubmitted,
    UserErased,
    remembered_keys,
    repeat_key,
)
from shared.log.signals import Signal
from shared.log.streams import INDEX_POST

# Signals kept for each reader: with a half-life of a month, a signal behind 300 newer ones has hardly any weight.
KEPT_SIGNALS = 300


@dataclass
class SignalHistory:
    """The latest signals of every reader, oldest first."""

    signals: dict[str, dict[tuple[str, str], ReaderSignal]] = field(default_factory=dict)

    def of(self, reader_id: str) -> Sequence[ReaderSignal]:
        """Return the signals of one reader."""
        return tuple(self.signals.get(reader_id, {}).values())


def apply_signal(history: SignalHistory, signal: Signal) -> SignalHistory:
    """Apply a signal: the latest one per reader, kind and post counts, and the value 0 removes it."""
    theirs = history.signals.setdefault(signal.user_id, {})
    theirs.pop((signal.kind, signal.post_id), None)
    if signal.value != 0:
        latest = ReaderSignal(signal.post_id, signal.kind, signal.value, signal.occurred_at)
        theirs[signal.kind, signal.post_id] = latest
    if len(theirs) > KEPT_SIGNALS:
        del theirs[next(iter(theirs))]
    return history


@dataclass
class LatestFacts:
    """The latest fact about each post that affects the index, and the erasures of authors."""

    posts: dict[str, Event] = field(default_factory=dict)
    histories: dict[str, dict[int, Event]] = field(default_factory=dict)  # post → sequence → fact
    erased: dict[str, Event] = field(default_factory=dict)

    def events(self) -> list[Event]:
        """Return all facts, erasures first: posts of erased authors are then rejected without being read."""
        return [*self.erased.values(), *self.posts.values()]


def apply_fact(latest: LatestFacts, event: Event) -> LatestFacts:
    """Apply a fact, in any order: the one with the highest sequence counts."""
    if not isinstance(event.data, INDEX_POST.facts):
        return latest
    if isinstance(event.data, UserErased):
        before = latest.erased.get(event.entity_id)
        latest.erased[event.entity_id] = event if before is None or event.sequence > before.sequence else before
        return latest
    history = latest.histories.setdefault(event.entity_id, {})
    history[event.sequence] = event
    repeated = copies([history[sequence] for sequence in sorted(history)]) if len(history) > 1 else set()
    latest.posts[event.entity_id] = history[max(history.keys() - repeated)]
    return latest


def copies(history: Sequence[Event]) -> set[int]:
    """Return the sequences of stored copies in a post's facts, which are in the order of the log.

    An edit begins a later revision than every text before it, and an engine does not repeat a decision.
    """
    repeated: set[int] = set()
    known: set[str] = set()  # event ids and repeat keys
    revision, decided = 0, (0, "none")
    for event in history:
        fact = event.data
        old_text = isinstance(fact, PostEdited) and fact.revision <= revision
        made = _by_engine(fact)
        same = made is not None and (made == decided or made[0] < decided[0])
        if old_text or same or not known.isdisjoint((event.event_id, repeat_key(event))):
            repeated.add(event.sequence)
            continue
        known |= {event.event_id} | remembered_keys(event)
        if isinstance(fact, PostDecided):
            decided = fact.revision, fact.outcome
        if isinstance(fact, PostEdited | PostSubmitted):
            revision = fact.revision
    return repeated


def _by_engine(fact: Fact) -> tuple[int, str] | None:
    """Return the revision and the outcome of an engine's decision."""
    return (fact.revision, fact.outcome) if isinstance(fact, PostDecided) and fact.decided_by == "engine" else None
