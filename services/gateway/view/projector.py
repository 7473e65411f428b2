"""From a batch of messages to one transaction: decode, open, fold, write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.gateway.posts.vote_queries import counts, load_votes, write_votes
from services.gateway.projections import fold
from services.gateway.stream.changes import Change
from services.gateway.view.decryption import Batch as KeyBatch
from services.gateway.view.decryption import opened
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
    """What the view needs of a stored message; `nats.aio.msg.Msg` is the real one."""

    @property
    def subject(self) -> str: ...

    @property
    def data(self) -> bytes: ...

    @property
    def metadata(self) -> _Metadata: ...


T = TypeVar("T")


@dataclass(frozen=True)
class Read(Generic[T]):
    """A batch as it was read: what is new, how far it reaches, and what nobody could read."""

    items: list[T]
    last: int
    unreadable: list[int]


class Projector:
    """Folds batches into the store; every method is synchronous and belongs to the store's thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read_events(self, messages: Sequence[Message]) -> Read[Event]:
        """Decode the facts that are not folded in yet."""
        return _read(messages, self._store.reached("EVENTS"), decode)

    def take_events(self, batch: Read[Event], keys: KeyBatch) -> list[Change]:
        """Fold facts in, in one transaction; nothing new is no transaction."""
        if batch.last <= self._store.reached("EVENTS"):
            return []
        texts = [opened(event, keys) for event in batch.items]
        world = load_change_set(self._store.db, batch.items)
        for event, text in zip(batch.items, texts, strict=True):
            fold(world, event, text)
        with self._store.folding("EVENTS", batch.last, batch.unreadable):
            write_change_set(self._store, world)
        self._store.scrub_if_due()
        return [*world.changes, *counts(self._store, world.comments)]

    def take_signals(self, messages: Sequence[Message]) -> list[Change]:
        """Fold votes in, in one transaction; other signals are no matter of this view."""
        reached = self._store.reached("SIGNALS")
        last = max((message.metadata.sequence.stream for message in messages), default=0)
        if last <= reached:
            return []
        batch = _read([message for message in messages if message.subject.startswith(VOTES)], reached, decode_signal)
        ballots = load_votes(self._store.db, batch.items)
        for vote in batch.items:
            ballots.take(vote.post_id, vote.user_id, vote.value)
        with self._store.folding("SIGNALS", last, batch.unreadable):
            write_votes(self._store, ballots)
        return list(counts(self._store, ballots.up))


def _read(messages: Sequence[Message], reached: int, decode_one: Callable[[bytes, int], T]) -> Read[T]:
    items: list[T] = []
    unreadable: list[int] = []
    for message in messages:
        sequence = message.metadata.sequence.stream
        if sequence <= reached:
            continue  # seen already: in an earlier batch, or twice in this one
        reached = sequence
        try:
            items.append(decode_one(message.data, sequence))
        except DecodeError:
            unreadable.append(sequence)
    return Read(items, reached, unreadable)
