"""Reads the communities and people that readers are not interested in."""

from dataclasses import dataclass

from services.gateway.interests.schemas import NotInterested, UnwantedCommunity, UnwantedPerson
from services.gateway.view.read_connection import ReadConnection, moment


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
