"""Says how a user stands, for themselves. Pure."""

from datetime import datetime

from services.gateway.accounts.erasure import REFUSED_KEPT_FOR
from services.gateway.accounts.projection import FOREVER
from services.gateway.accounts.schemas import OwnStanding, Refusal, Suspension
from services.gateway.http.caller import User


def own_standing(user: User, may_invite: bool, now: datetime) -> OwnStanding:
    """Return a user's standing with its reason and its end, and if they may invite people."""
    if user.approval == "refused":
        erased_at = (user.decided_at or user.registered_at) + REFUSED_KEPT_FOR
        return OwnStanding(standing="refused", refusal=Refusal(reason=user.refused_for, erased_at=erased_at))
    if user.approval == "waiting":
        return OwnStanding(standing="waiting")
    until = user.suspended_until
    if until is None or until <= now:
        return OwnStanding(standing="good", may_invite=may_invite)
    end = None if until == FOREVER else until
    return OwnStanding(standing="suspended", suspension=Suspension(reason=user.suspended_for, until=end))
