"""Weighs votes and reports by what the view knows of the user at that moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil

from services.gateway.http.caller import User
from services.gateway.posts.schemas import VoteWeight
from services.gateway.posts.vote_weight import FULL, Conduct, weight_of
from services.gateway.view.read_connection import ReadConnection, moment_or_none
from shared.roles.ranks import MEMBER, rank_in

# An act stays when its post is withdrawn or edited, so neither undoes a rejection; a moderator's later decision does.
CONDUCT = """SELECT
    (SELECT count(*) FROM (SELECT 1 FROM posts WHERE author_id = :id AND state = 'published' AND NOT imported
        LIMIT :most)) AS published,
    count(*) AS rejected, max(a.at) AS rejected_at
    FROM acts a WHERE a.about_id = :id AND a.type = 'post.decided' AND a.detail = 'rejected' AND NOT EXISTS (
        SELECT 1 FROM acts later WHERE later.about_id = a.about_id AND later.post_id = a.post_id
        AND later.type = a.type AND later.sequence > a.sequence)"""


def _now() -> datetime:
    return datetime.now(UTC)


class VoteWeights:
    """Weighs votes and reports. `days`: when those of a new account count fully; 0: at once."""

    def __init__(self, connection: ReadConnection, days: float, clock: Callable[[], datetime] = _now) -> None:
        self._connection = connection
        self._days = days
        self.clock = clock

    def of(self, user: User) -> VoteWeight:
        """Return the weight of a user's votes and reports. Those of moderators and administrators count fully."""
        if not self._days or rank_in(user.roles, None) > MEMBER:
            return FULL
        row = self._connection.row(CONDUCT, {"id": user.id, "most": ceil(self._days)})
        conduct = Conduct(
            user.registered_at,
            user.suspended_until,
            published=row["published"] if row else 0,
            rejected=row["rejected"] if row else 0,
            rejected_at=moment_or_none(row["rejected_at"]) if row else None,
        )
        return weight_of(conduct, self._days, self.clock())
