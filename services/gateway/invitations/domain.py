"""Rules for invitations: by whom they are made, and how their uses are counted. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.gateway.http.caller import User
from shared.log.events import Moment
from shared.roles.ranks import ADMIN, COMMUNITY_MODERATOR, MEMBER, rank_in

Inviters = Literal["admins", "moderators", "members"]

RANKS: dict[Inviters, int] = {"admins": ADMIN, "moderators": COMMUNITY_MODERATOR, "members": MEMBER}
# Open invitations of one person: enough for single ones to each friend, too few to hand out unnoticed.
MOST_OPEN = 50
# A use whose sign-up was never finished is free again after this time: longer than any request lasts.
UNFINISHED_AFTER = timedelta(minutes=10)


class Use(BaseModel):
    """A use of an invitation by a new user."""

    model_config = ConfigDict(frozen=True)
    user_id: str
    at: Moment


class Invitation(BaseModel):
    """An invitation as it is stored. `id`: its maker's, by which a backup knows the owner; `made_by`: the actor."""

    model_config = ConfigDict(frozen=True)
    id: str
    made_by: str
    made_at: Moment
    expires_at: Moment
    most_uses: int
    uses: tuple[Use, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """Return whether somebody can use it now."""
        return self.expires_at > now and len(self.uses) < self.most_uses

    def with_use(self, user_id: str, now: datetime) -> "Invitation":
        """Return it with a use by this user; a user counts once."""
        if any(use.user_id == user_id for use in self.uses):
            return self
        return self.model_copy(update={"uses": (*self.uses, Use(user_id=user_id, at=now))})

    def without_use(self, *user_ids: str) -> "Invitation":
        """Return it without the uses by these users."""
        left = tuple(use for use in self.uses if use.user_id not in user_ids)
        return self.model_copy(update={"uses": left})

    def perhaps_unfinished(self, now: datetime) -> Collection[str]:
        """Return the users whose sign-up must be finished by now, if it ever will be."""
        return [use.user_id for use in self.uses if now - use.at > UNFINISHED_AFTER]


def may_invite(user: User | None, inviters: Inviters, now: datetime) -> bool:
    """Return whether a user may make invitations now, and those that they have made count."""
    if user is None or user.erased or user.approval != "approved":
        return False
    if user.suspended_until and user.suspended_until > now:
        return False
    return rank_in(user.roles, None) >= RANKS[inviters]
