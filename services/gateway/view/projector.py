"""Turns a batch of messages into one transaction: decode, open, fold, write."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.gateway.view.change_notifications import Change, Counts
from services.gateway.view.change_set import Fold
from services.gateway.view.decryption import Batch as KeyBatch
from services.gateway.view.decryption import locked, opened
from services.gateway.view.persistence import load_change_set, write_change_set
from services.gateway.view.store import Store
from shared.log.events import DecodeError, Event, decode
from shared.log.signals import Signal, decode_signal

VOTES = f"{Signal.PREFIX}.vote."


class _Pair(Protocol):
    @property
    def stream(self) -> int: ...


class _Metadata(Protocol):
    @property
    def sequence(self) -> _Pair: ...


class Message(Protocol):
    """The parts of a stored message that the view reads; `nats.aio.msg.Msg` has them."""

    @property
    def subject(self) -> str: ...

    @property
    def data(self) -> bytes: ...

    @property
    def metadata(self) -> _Metadata: ...


@dataclass(frozen=True)
class Tally:
    """Counted votes: the posts that they touch; `write` stores them within the caller's transaction."""

    post_ids: Collection[str]
    write: Callable[[], None]


@dataclass(frozen=True)
class Projections:
    """The folds that the features provide.

    `fold`: folds a fact. `tally_votes`: counts votes. `counts`: counts votes and comments of visible
    posts.
    """

    fold: Fold
    tally_votes: Callable[[Store, Sequence[Signal]], Tally]
    counts: Callable[[Store, Collection[str]], list[Counts]]


T = TypeVar("T")


@dataclass(frozen=True)
class Read(Generic[T]):
    """A decoded batch: its new items, its last sequence, and the sequences of messages that cannot be decoded."""

    items: list[T]
    last: int
    unreadable: list[int]


class Projector:
    """Folds batches into the store; every method is synchronous and belongs to the store's thread."""

    def __init__(self, store: Store, projections: Projections) -> None:
        self._store = store
        self._projections = projections

    def read_events(self, messages: Sequence[Message]) -> Read[Event]:
        """Decode the facts that have not been folded yet."""
        return _read(messages, self._store.reached("EVENTS"), decode)

    def take_events(self, batch: Read[Event], keys: KeyBatch) -> list[Change]:
        """Fold facts in one transaction. Do nothing if none is new."""
        if batch.last <= self._store.reached("EVENTS"):
            return []
        texts = [opened(event, keys) for event in batch.items]
        change_set = load_change_set(self._store.db, batch.items)
        for event, text in zip(batch.items, texts, strict=True):
            self._projections.fold(change_set, event, text)
        with self._store.transaction("EVENTS", batch.last, batch.unreadable):
            write_change_set(self._store, change_set)
            self._store.note_locked(locked(batch.items, keys))
        self._store.scrub_if_due()
        return [*change_set.changes, *self._projections.counts(self._store, change_set.comments)]

    def take_signals(self, messages: Sequence[Message]) -> list[Change]:
        """Fold votes in one transaction. Other signals do not concern this view."""
        reached = self._store.reached("SIGNALS")
        last = max((message.metadata.sequence.stream for message in messages), default=0)
        if last <= reached:
            return []
        batch = _read([message for message in messages if message.subject.startswith(VOTES)], reached, decode_signal)
        tally = self._projections.tally_votes(self._store, batch.items)
        with self._store.transaction("SIGNALS", last, batch.unreadable):
            tally.write()
        return [*self._projections.counts(self._store, tally.post_ids)]


def _read(messages: Sequence[Message], reached: int, decode_one: Callable[[bytes, int, str], T]) -> Read[T]:
    items: list[T] = []
    unreadable: list[int] = []
    for message in messages:
        sequence = message.metadata.sequence.stream
        if sequence <= reached:
            continue  # a repeat, from an earlier batch or within this one
        reached = sequence
        try:
            items.append(decode_one(message.data, sequence, message.subject))
        except DecodeError:
            unreadable.append(sequence)
    return Read(items, reached, unreadable)
