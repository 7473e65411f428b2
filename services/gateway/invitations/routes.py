"""Routes of invitations."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.invitations.commands import ID_DIGITS, InvitationCommands, Made
from services.gateway.invitations.domain import Inviters, may_invite
from services.gateway.invitations.queries import InviterQueries
from services.gateway.invitations.schemas import InvitationIn, InvitationOut, Invitations, NewInvitation
from shared.problems import Forbidden, NotFound
from shared.roles.ranks import is_admin

InvitationId = Annotated[str, Path(pattern=rf"^[0-9a-f]{{{ID_DIGITS}}}$")]


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: InvitationCommands
    queries: InviterQueries
    inviters: Inviters

    @guarded("GET", "/invitations", "invite_people", summary="List invitations")
    async def list_invitations(self, caller: CallerIn) -> Invitations:
        """List your invitations that have not expired, newest first. Administrators see those of everybody."""
        listed = await (self.commands.all() if self._is_admin(caller) else self.commands.of(caller.require_user().id))
        handles = self.queries.handles([one.invitation.id for one in listed])
        return Invitations(items=[_out(one, handles) for one in listed], may_invite=self._may_invite(caller))

    @guarded("POST", "/invitations", "invite_people", status_code=201)
    async def invite(self, wanted: InvitationIn, caller: CallerIn) -> NewInvitation:
        """Make an invitation. Its code is shown only once.

        403 `may_not_invite` if the site lets only others invite. 409 `too_many_invitations`.
        """
        if not self._may_invite(caller):
            raise Forbidden("On this site, others invite people.", "may_not_invite")
        user = caller.require_user()
        made = await self.commands.make(user.id, f"user:{user.id}", wanted.uses, wanted.days)
        link = f"/sign-up#invitation={made.code}"
        return NewInvitation(code=made.code, link=link, invitation=_out(made, {user.id: user.handle}))

    @guarded("DELETE", "/invitations/{invitation_id}", "invite_people", status_code=204, summary="Revoke an invitation")
    async def revoke_invitation(self, invitation_id: InvitationId, caller: CallerIn) -> None:
        """Revoke one of your invitations; administrators may revoke every one. Accounts that it created stay."""
        listed = await (self.commands.all() if self._is_admin(caller) else self.commands.of(caller.require_user().id))
        if invitation_id not in {one.id for one in listed}:
            raise NotFound("You have no invitation with this id. It may have expired.")
        await self.commands.revoke(invitation_id)

    def _may_invite(self, caller: Caller) -> bool:
        return may_invite(caller.user, self.inviters, datetime.now(UTC))

    def _is_admin(self, caller: Caller) -> bool:
        return is_admin(caller.require_user().roles)


def router(*, commands: InvitationCommands, queries: InviterQueries, inviters: Inviters) -> APIRouter:
    """Return the routes of invitations."""
    return router_of(Routes(commands, queries, inviters), prefix="/v1", tags=["people"])


def _out(made: Made, handles: dict[str, str]) -> InvitationOut:
    stored = made.invitation
    return InvitationOut(
        id=made.id,
        made_by=handles.get(stored.id, ""),
        made_at=stored.made_at,
        expires_at=stored.expires_at,
        most_uses=stored.most_uses,
        uses=len(stored.uses),
    )
