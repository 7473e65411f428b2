"""Pure folds: what readers said, and what last happened to each post."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.embeddings.domain import ReaderSignal
from shared.log.events import Event, UserErased
from shared.log.signals import Signal
from shared.log.streams import INDEX_POST

# Signals kept of one reader: with a half-life of a month, what lies behind 300 newer ones hardly weighs.
KEPT_SIGNALS = 300


@dataclass
class Readers:
    """The last signals of every reader, oldest first."""

    signals: dict[str, dict[tuple[str, str], ReaderSignal]] = field(default_factory=dict)

    def of(self, reader_id: str) -> Sequence[ReaderSignal]:
        """What one reader said."""
        return tuple(self.signals.get(reader_id, {}).values())


def apply_signal(readers: Readers, signal: Signal) -> Readers:
    """Take a signal: the last one per reader, kind and post stands, and 0 takes it back."""
    theirs = readers.signals.setdefault(signal.user_id, {})
    theirs.pop((signal.kind, signal.post_id), None)
    if signal.value != 0:
        said = ReaderSignal(signal.post_id, signal.kind, signal.value, signal.occurred_at)
        theirs[signal.kind, signal.post_id] = said
    if len(theirs) > KEPT_SIGNALS:
        del theirs[next(iter(theirs))]
    return readers


@dataclass
class Standing:
    """The last fact that matters to the index, of every post; and the erased authors."""

    last: dict[str, Event] = field(default_factory=dict)
    erased: dict[str, Event] = field(default_factory=dict)

    def events(self) -> list[Event]:
        """Erasures first: what erased authors wrote is then refused without being read."""
        return [*self.erased.values(), *self.last.values()]


def apply_fact(standing: Standing, event: Event) -> Standing:
    """Take a fact in any order: the highest sequence stands."""
    if not isinstance(event.data, INDEX_POST.facts):
        return standing
    facts = standing.erased if isinstance(event.data, UserErased) else standing.last
    before = facts.get(event.entity_id)
    if before is None or event.sequence > before.sequence:
        facts[event.entity_id] = event
    return standing
