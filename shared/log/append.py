"""Appending to the log with optimistic concurrency, and reading single facts back."""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as BrokerTimeout
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from shared.log.events import Event, decode, history_of

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_PATTERN = "Nats-Expected-Last-Subject-Sequence-Subject"  # nats-py has no constant for it
# Every acknowledged write is an fsync; a busy disk has been seen to take seconds.
ACK_TIMEOUT_S = 5.0
# Broker error codes of a lost race or a repeat; measured on one node and on a cluster.
RACE_CODES = {10071, 10164, 10158, 10201}
SILENCE = (BrokerTimeout, NoStreamResponseError, ConnectionClosedError)


@dataclass(frozen=True)
class Appended:
    """The fact is in the log at this sequence; `repeat`: it was there already."""

    sequence: int
    repeat: bool = False


class ConcurrencyConflict(Exception):
    """Another fact of this entity came first: nothing was written. `last` is the entity's last fact."""

    def __init__(self, last: Event | None) -> None:
        super().__init__(last.type if last else "no fact")
        self.last = last


class UnknownOutcome(Exception):
    """The broker did not answer: the fact may be stored, or be stored later. Ask again with the same event id."""


class Log:
    """The stream `EVENTS`, for writers."""

    def __init__(self, broker: Client, timeout: float = ACK_TIMEOUT_S) -> None:
        self._stream = broker.jetstream(timeout=timeout)

    async def append(self, event: Event, *, after: int) -> Appended:
        """Append a fact if the entity's last fact is the one at sequence `after` (0: there is none).

        Raises:
            LostRace: the entity has moved on; nothing was written.
            UnknownOutcome: no answer, and reading back could not settle it.
        """
        headers = {
            "Nats-Msg-Id": event.event_id,
            EXPECTED: str(after),
            EXPECTED_PATTERN: event.history,
        }
        try:
            ack = await self._stream.publish(event.subject, event.encode(), stream="EVENTS", headers=headers)
            return Appended(ack.seq, repeat=bool(ack.duplicate))
        except SILENCE as error:
            return await self._settle_silence(event, after, error)
        except APIError as error:
            if error.err_code not in RACE_CODES:
                raise
            return await self._settle(event)

    async def last(self, entity: str, entity_id: str) -> Event | None:
        """The entity's last fact, read from the leader, or None."""
        return await self.last_by_subject(history_of(entity, entity_id))

    async def last_by_subject(self, subject: str) -> Event | None:
        """The last fact that a subject or pattern matches, read from the leader, or None."""
        return await self._get(subject=subject)

    async def first_after(self, subject: str, sequence: int) -> Event | None:
        """The first fact behind a sequence that a subject or pattern matches, or None."""
        return await self._get(subject=subject, seq=sequence + 1, next=True)

    async def at(self, sequence: int) -> Event | None:
        """The fact at a sequence, or None."""
        return await self._get(seq=sequence)

    async def _settle(self, event: Event) -> Appended:
        """After a conflict: is this very fact already there?

        The history is asked first: a fact of ours that is stored between the two answers is found by the second.
        """
        try:
            last = await self.last_by_subject(event.history)
            same_kind = await self.last_by_subject(event.subject)
        except (*SILENCE, APIError) as error:
            raise UnknownOutcome(event.subject) from error
        if same_kind is not None and same_kind.event_id == event.event_id:
            return Appended(same_kind.sequence, repeat=True)
        raise ConcurrencyConflict(last)

    async def _settle_silence(self, event: Event, after: int, silence: Exception) -> Appended:
        """After a time-out only a stored fact, ours or another's, is an answer: silence may still become storage."""
        try:
            return await self._settle(event)
        except ConcurrencyConflict as lost:
            if lost.last is not None and lost.last.sequence > after:
                raise
            raise UnknownOutcome(event.subject) from silence

    async def _get(self, **query: int | str) -> Event | None:
        # Not a direct get: only the leader's answer settles a race.
        try:
            stored = await self._stream.get_msg("EVENTS", direct=False, **query)  # type: ignore[arg-type]
        except NotFoundError:
            return None
        return decode(stored.data or b"", stored.seq or 0)
