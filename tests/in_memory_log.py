"""A log in memory, with the expectations of the real one."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from shared.log.append import Appended, ConcurrencyConflict, Log
from shared.log.events import Event


class InMemoryLog(Log):
    """Stores facts in order; `rivals` are appended by other writers just before the next append."""

    def __init__(self, rivals: Iterable[Event] = ()) -> None:
        self.events: list[Event] = []
        self.rivals = list(rivals)

    def put(self, event: Event) -> Event:
        """Store a fact without expectations, and return it with its sequence."""
        stored = event.model_copy(update={"sequence": len(self.events) + 1})
        self.events.append(stored)
        return stored

    def of(self, kind: type, entity_id: str) -> Sequence[Event]:
        """Return the facts of one kind about an entity."""
        return [event for event in self.events if isinstance(event.data, kind) and event.entity_id == entity_id]

    async def append(self, event: Event, *, after: int) -> Appended:
        """Append like `Log.append`, behind the rivals' facts."""
        while self.rivals:
            self.put(self.rivals.pop(0))
        last = await self.last_by_subject(event.history)
        if (last.sequence if last else 0) != after:
            raise ConcurrencyConflict(last)
        return Appended(self.put(event).sequence)

    async def last_by_subject(self, subject: str) -> Event | None:
        """Return the last fact that a subject or pattern matches."""
        return next((event for event in reversed(self.events) if fnmatchcase(event.subject, subject)), None)

    async def first_after(self, subject: str, sequence: int) -> Event | None:
        """Return the first fact after a sequence that a subject or pattern matches."""
        later = (event for event in self.events if event.sequence > sequence)
        return next((event for event in later if fnmatchcase(event.subject, subject)), None)

    async def at(self, sequence: int) -> Event | None:
        """Return the fact at a sequence."""
        return self.events[sequence - 1] if 0 < sequence <= len(self.events) else None
