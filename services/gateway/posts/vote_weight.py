"""The weight of a user's votes and reports: that of a new account is small at first and grows with time. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.posts.schemas import VoteWeight
from shared.log.events import FULL_WEIGHT

# Of a full vote, in percent. Nine accounts made a moment ago cannot move a post by one, and its owner sees it count.
FIRST_WEIGHT = 10
# Each published post or comment spares one day of waiting. Never more than half of them: posts can be made in minutes.
SPARED_BY_POST = timedelta(days=1)
# A post that a moderator rejects costs as much as three published ones bring.
LOST_BY_REJECTION = timedelta(days=3)
# Posts that count; more would lead out of the calendar.
MOST_COUNTED = 10_000

FULL = VoteWeight(percent=FULL_WEIGHT, full_at=None)


@dataclass(frozen=True, slots=True)
class Conduct:
    """Facts about a user.

    `published`: their posts and comments that are published. `rejected`: those whose last decision by a moderator is a
    rejection; `rejected_at`: the time of the latest of these decisions.
    """

    registered_at: datetime
    suspended_until: datetime | None = None
    published: int = 0
    rejected: int = 0
    rejected_at: datetime | None = None


def weight_of(conduct: Conduct, days: float, now: datetime) -> VoteWeight:
    """Return the weight of a user's votes and reports at this moment.

    It never pays to delete the account and make another one, because nothing starts the waiting later than now.

    Args:
        days: the waiting of an account without posts; 0: everybody's votes count fully.
    """
    began = min(_began(conduct), now)
    whole = timedelta(days=days)
    needed = whole - min(SPARED_BY_POST * min(conduct.published, MOST_COUNTED), whole / 2)
    waited = now - began
    if waited >= needed:
        return FULL
    gained = int((FULL_WEIGHT - FIRST_WEIGHT) * (waited / needed))
    return VoteWeight(percent=FIRST_WEIGHT + gained, full_at=began + needed)


def _began(conduct: Conduct) -> datetime:
    """Return when the waiting began: at the registration, later after rejections, and again after a suspension."""
    began = conduct.registered_at
    if conduct.rejected_at is not None:
        lost = LOST_BY_REJECTION * min(conduct.rejected, MOST_COUNTED)
        began += max(timedelta(0), min(lost, conduct.rejected_at - began))
    return max(began, conduct.suspended_until or began)
