"""Notes as sealed facts that readers are not interested in communities and people, or are again."""

from contextlib import suppress
from datetime import UTC, datetime

from services.gateway.interests.queries import InterestQueries, Unwanted
from services.gateway.interests.schemas import Kind
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.log.append import ConcurrencyConflict, Log
from shared.log.events import InterestChanged, record
from shared.problems import Conflict, NotFound
from shared.security.data_keys import DataKeyStore, Erased
from shared.telemetry.tracing import traceparent

# Each one is a condition of every request for a feed; nobody says no so often by hand.
MOST = 500


class InterestCommands:
    """The write side."""

    def __init__(self, log: Log, keys: DataKeyStore, queries: InterestQueries, view: View) -> None:
        self._log, self._keys, self._queries, self._view = log, keys, queries, view

    async def change(self, reader_id: str, kind: Kind, target: str, *, interested: bool) -> int:
        """Note that a reader is not interested in a community (by name) or a person (by id), or is again.

        Returns the sequence of the reader's last such fact. Nothing is written if it says so already.

        Raises:
            Conflict: `too_many_interests`.
            NotFound: the reader is erased.
        """
        try:
            key = await self._keys.key_of(reader_id)
        except Erased as error:
            raise NotFound("There is no such user.") from error
        fact = InterestChanged(target=key.seal(f"{kind}:{target}".encode(), reader_id), interested=interested)
        actor = f"user:{reader_id}"
        event = record(fact, reader_id, actor=actor, at=datetime.now(UTC), traceparent=traceparent())
        while True:  # each retry means that another request of this reader appended a fact
            end = await self._log.end_of("interest", reader_id)
            if await self._view.wait_for(end.sequence, SEE_OWN_WRITE_S) and self._says_so(
                self._queries.unwanted(reader_id), kind, target, interested=interested
            ):
                return end.sequence
            with suppress(ConcurrencyConflict):
                return (await self._log.append(event, after=end.sequence)).sequence

    @staticmethod
    def _says_so(unwanted: Unwanted, kind: Kind, target: str, *, interested: bool) -> bool:
        """Return whether the view has it already; refuse one no too many."""
        known = unwanted.communities if kind == "community" else unwanted.people
        if (target not in known) == interested:
            return True
        if not interested and len(unwanted.communities) + len(unwanted.people) >= MOST:
            raise Conflict(f"You have said no {MOST} times. Take one back first.", "too_many_interests")
        return False
