"""Appends facts to the log with optimistic concurrency, and reads single facts."""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as BrokerTimeout
from nats.js.api import PubAck
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from shared.log.crash_points import crash_point
from shared.log.events import DecodeError, Event, decode, history_of
from shared.log.integrity import LogIntegrity

MESSAGE_ID = "Nats-Msg-Id"
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_PATTERN = "Nats-Expected-Last-Subject-Sequence-Subject"  # nats-py has no constant for it
# Every acknowledged write is an fsync, which takes seconds on a busy disk.
ACK_TIMEOUT_S = 5.0
# The broker's error codes for a concurrency conflict or a duplicate, measured on one node and on a cluster.
CONFLICT_CODES = {10071, 10164, 10158, 10201}
# Insufficient resources, memory or storage, and a failed write: the disk or the stream is full, and nothing was stored.
STORAGE_CODES = {10023, 10028, 10047, 10077}
NO_ANSWER = (BrokerTimeout, NoStreamResponseError, ConnectionClosedError)


@dataclass(frozen=True)
class Appended:
    """The fact is in the log at `sequence`. `repeat`: it was already there."""

    sequence: int
    repeat: bool = False


class ConcurrencyConflict(Exception):
    """Another fact of this entity came first, so nothing was written.

    `last` is the entity's last readable fact, and `sequence` the place of its last message: they differ if the history
    ends with a fact of later code, or with a broken one.
    """

    def __init__(self, last: Event | None, sequence: int | None = None) -> None:
        super().__init__(last.type if last else "no fact")
        self.last = last
        self.sequence = sequence if sequence is not None else last.sequence if last else 0


@dataclass(frozen=True)
class HistoryEnd:
    """The end of an entity's history: its last readable fact, and the sequence after which the next one belongs."""

    last: Event | None
    sequence: int


class UnknownOutcome(Exception):
    """The broker did not answer: the fact may be stored now or later. Retry with the same event id."""


def is_out_of_storage(error: APIError) -> bool:
    """Return whether the broker refused a write because its disk or the stream is full."""
    return error.err_code in STORAGE_CODES


class Log:
    """Writes to and reads from the stream `EVENTS`."""

    def __init__(self, broker: Client, timeout: float = ACK_TIMEOUT_S) -> None:
        self._stream = broker.jetstream(timeout=timeout)
        self.integrity = LogIntegrity(broker)

    async def append(self, event: Event, *, after: int) -> Appended:
        """Append a fact if the entity's last fact is at sequence `after` (0: the entity has none).

        Raises:
            ConcurrencyConflict: the entity has a newer fact; nothing was written.
            UnknownOutcome: the broker did not answer, and reading back could not settle the outcome.
            shared.log.integrity.LogDamaged: the log has lost facts; nothing was written.
        """
        await self.integrity.require_intact()
        place = {EXPECTED: str(after), EXPECTED_PATTERN: event.history}
        try:
            crash_point("before_append", event.type)
            ack = await self._publish(event, {MESSAGE_ID: event.event_id, **place})
            if ack.duplicate and not await self._is_at(event, ack.seq):
                # Another service has used this id for a fact of its own. The expected place also prevents a copy.
                ack = await self._publish(event, place)
            crash_point("after_append", event.type)
            self.integrity.note(ack.seq)
            return Appended(ack.seq, repeat=bool(ack.duplicate))
        except NO_ANSWER as error:
            return await self._settle_without_answer(event, after, error)
        except APIError as error:
            if error.err_code not in CONFLICT_CODES:
                raise
            return await self._settle(event)

    async def _publish(self, event: Event, headers: dict[str, str]) -> PubAck:
        return await self._stream.publish(event.subject, event.encode(), stream="EVENTS", headers=headers)

    async def _is_at(self, event: Event, sequence: int) -> bool:
        try:
            stored = await self.at(sequence)
        except DecodeError:
            return False
        return stored is not None and (stored.type, stored.event_id) == (event.type, event.event_id)

    async def last(self, entity: str, entity_id: str) -> Event | None:
        """Return the entity's last fact, read from the leader, or None."""
        return await self.last_by_subject(history_of(entity, entity_id))

    async def last_by_subject(self, subject: str) -> Event | None:
        """Return the last fact that matches a subject or pattern, read from the leader, or None."""
        return await self._get(subject=subject)

    async def first_after(self, subject: str, sequence: int) -> Event | None:
        """Return the first fact after a sequence that matches a subject or pattern, or None."""
        return await self._get(subject=subject, seq=sequence + 1, next=True)

    async def end_of(self, entity: str, entity_id: str) -> HistoryEnd:
        """Return the end of an entity's history, also if it ends with facts that cannot be read."""
        try:
            last = await self.last(entity, entity_id)
        except DecodeError as unreadable:
            facts = await self.facts_of(entity, entity_id)
            return HistoryEnd(facts[-1] if facts else None, unreadable.sequence)
        return HistoryEnd(last, last.sequence if last else 0)

    async def facts_of(self, entity: str, entity_id: str) -> list[Event]:
        """Return all readable facts of an entity, oldest first: one request for each."""
        facts: list[Event] = []
        reached = 0
        while True:
            try:
                fact = await self.first_after(history_of(entity, entity_id), reached)
            except DecodeError as unreadable:
                reached = unreadable.sequence
                continue
            if fact is None:
                return facts
            facts.append(fact)
            reached = fact.sequence

    async def at(self, sequence: int) -> Event | None:
        """Return the fact at a sequence, or None."""
        return await self._get(seq=sequence)

    async def _settle(self, event: Event) -> Appended:
        """After a conflict, return where this same fact is stored, or raise ConcurrencyConflict.

        Reads the history first: if this fact is stored between the two reads, the second one finds it.
        """
        try:
            end = await self.end_of(event.data.ENTITY, event.entity_id)
            same_kind = await self._readable(event.subject)
        except (*NO_ANSWER, APIError) as error:
            raise UnknownOutcome(event.subject) from error
        if same_kind is not None and same_kind.event_id == event.event_id:
            return Appended(same_kind.sequence, repeat=True)
        raise ConcurrencyConflict(end.last, end.sequence)

    async def _settle_without_answer(self, event: Event, after: int, cause: Exception) -> Appended:
        """After a time-out, settle only by a stored fact: otherwise the publish may still be stored later."""
        try:
            return await self._settle(event)
        except ConcurrencyConflict as conflict:
            if conflict.sequence > after:
                raise
            raise UnknownOutcome(event.subject) from cause

    async def _readable(self, subject: str) -> Event | None:
        try:
            return await self.last_by_subject(subject)
        except DecodeError:
            return None

    async def _get(self, **query: int | str) -> Event | None:
        # Not a direct get: only the leader's answer settles a conflict.
        try:
            stored = await self._stream.get_msg("EVENTS", direct=False, **query)  # type: ignore[arg-type]
        except NotFoundError:
            return None
        return decode(stored.data or b"", stored.seq or 0, stored.subject or "")
