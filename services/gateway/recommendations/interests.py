"""The communities and people that a reader is not interested in: written as sealed facts, read from the view."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from services.gateway.recommendations.schemas import NotInterested, UnwantedCommunity, UnwantedPerson
from services.gateway.view.read_connection import ReadConnection, moment
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.log.append import ConcurrencyConflict, Log
from shared.log.events import InterestChanged, record
from shared.problems import Conflict, NotFound
from shared.security.data_keys import DataKeyStore, Erased
from shared.telemetry.tracing import traceparent

Kind = Literal["community", "person"]
# Each one is a condition of every request for a feed; nobody says no so often by hand.
MOST = 500


@dataclass(frozen=True)
class Unwanted:
    """Names of communities and ids of people."""

    communities: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def hides(self, community: str, author_id: str) -> bool:
        """Return whether a post of this community and author is not for the reader."""
        return community in self.communities or author_id in self.people


class InterestQueries:
    """Reads what readers are not interested in."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def unwanted(self, reader_id: str | None) -> Unwanted:
        """Return what a reader is not interested in; nothing for a visitor."""
        if reader_id is None:
            return Unwanted()
        query = "SELECT kind, target FROM not_interested WHERE user_id = :reader"
        found = [(row["kind"], row["target"]) for row in self._connection.rows(query, {"reader": reader_id})]
        return Unwanted(
            tuple(target for kind, target in found if kind == "community"),
            tuple(target for kind, target in found if kind == "person"),
        )

    def listed(self, reader_id: str) -> NotInterested:
        """Return the same by title and handle, latest first. Erased people have no handle, and are left out."""
        rows = self._connection.rows(
            """SELECT n.kind, n.target, n.since, c.title, u.handle FROM not_interested n
               LEFT JOIN communities c ON n.kind = 'community' AND c.name = n.target
               LEFT JOIN users u ON n.kind = 'person' AND u.id = n.target
               WHERE n.user_id = :reader ORDER BY n.since DESC, n.target""",
            {"reader": reader_id},
        )
        return NotInterested(
            communities=[
                UnwantedCommunity(name=row["target"], title=row["title"] or "", since=moment(row["since"]))
                for row in rows
                if row["kind"] == "community"
            ],
            people=[
                UnwantedPerson(handle=row["handle"], since=moment(row["since"]))
                for row in rows
                if row["kind"] == "person" and row["handle"]
            ],
        )


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
