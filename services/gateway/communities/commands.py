"""Creates communities. The name is the entity's id, so the log itself keeps it unique."""

from datetime import UTC, datetime

from shared.log.append import ConcurrencyConflict, Log
from shared.log.events import CommunityCreated, record
from shared.problems import Conflict
from shared.telemetry.tracing import traceparent


class CommunityCommands:
    """The write side of communities."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def create(self, name: str, title: str, guideline: str, user_id: str) -> int:
        """Create a community. Returns the fact's sequence; a repeat by the same user returns the first one's.

        Raises:
            Conflict: `community_exists`.
        """
        fact = CommunityCreated(title=title, guideline=guideline)
        event = record(fact, name, actor=f"user:{user_id}", at=datetime.now(UTC), traceparent=traceparent())
        try:
            return (await self._log.append(event, after=0)).sequence
        except ConcurrencyConflict as lost:
            if lost.last and (lost.last.data, lost.last.actor) == (fact, event.actor):
                return lost.last.sequence
            raise Conflict(f"There is already a community called {name}.", "community_exists") from lost

    async def ensure(self, name: str, title: str, user_id: str) -> None:
        """Create a community unless it exists."""
        try:
            await self.create(name, title, "", user_id)
        except Conflict:
            return
