"""Pure folds: the latest signals of each reader, and the latest fact about each post."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.embeddings.domain import ReaderSignal
from shared.log.events import Event, UserErased
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
    erased: dict[str, Event] = field(default_factory=dict)

    def events(self) -> list[Event]:
        """Return all facts, erasures first: posts of erased authors are then rejected without being read."""
        return [*self.erased.values(), *self.posts.values()]


def apply_fact(latest: LatestFacts, event: Event) -> LatestFacts:
    """Apply a fact, in any order: the one with the highest sequence counts."""
    if not isinstance(event.data, INDEX_POST.facts):
        return latest
    facts = latest.erased if isinstance(event.data, UserErased) else latest.posts
    before = facts.get(event.entity_id)
    if before is None or event.sequence > before.sequence:
        facts[event.entity_id] = event
    return latest
