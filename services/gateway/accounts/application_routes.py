"""Routes with which moderators of the whole site approve and refuse people who wait."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.accounts.application_queries import ApplicationQueries
from services.gateway.accounts.application_schemas import Applications, ApprovalIn, ApprovalOut
from services.gateway.accounts.approvals import Approvals
from services.gateway.accounts.erasure import REFUSED_KEPT_FOR
from services.gateway.accounts.notices import OwnerNotices
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.sessions import Sessions
from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import PostId
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Forbidden, Invalid, NotFound
from shared.roles.ranks import SITE_MODERATOR, rank_in

# A moderator decides on some dozen in one sitting; then the list shows the next ones.
PAGE = 100
APPROVED = ("You can write now", "Your account {handle} was approved. You can write, comment and vote now.")
REFUSED = (
    "Your sign-up was refused",
    "Your account {handle} was refused: {reason}\n\nIt is deleted after {days} days, with all that you wrote about "
    "yourself. Until then you can sign in and delete it yourself.",
)


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    approvals: Approvals
    applications: ApplicationQueries
    queries: AccountQueries
    sessions: Sessions
    notices: OwnerNotices
    view: View

    @guarded("GET", "/applications", "decide_sign_ups", summary="List people who wait for an approval")
    async def list_applications(self, caller: CallerIn) -> Applications:
        """List the people who wait, the longest first, and those who were refused within the last week."""
        _check_rank(caller)
        return self.applications.applications(PAGE)

    @guarded("POST", "/applications/{user_id}/decision", "decide_sign_ups", status_code=202)
    async def decide_application(
        self, user_id: Annotated[PostId, Path()], decision: ApprovalIn, caller: CallerIn
    ) -> ApprovalOut:
        """Approve a person who waits or was refused, or refuse one who waits. They are told, by mail where possible.

        A refusal ends their sessions. They can sign in for a week to read the reason; then the account is erased. An
        approval is final: 409 `approved_already`. 422 `reason_missing` for a refusal without a reason.
        """
        _check_rank(caller)
        by = f"user:{caller.require_user().id}"
        if (user := self.queries.user_by_id(user_id)) is None or user.erased:
            raise NotFound("There is no such person. Perhaps they have deleted their account.")
        if decision.outcome == "approved":
            sequence = await self.approvals.approve(user_id, by)
            if sequence:
                self._tell(user_id, *APPROVED, handle=user.handle)
        else:
            if not decision.reason:
                raise Invalid("Say why, for the person.", "reason_missing")
            sequence = await self.approvals.refuse(user_id, decision.reason, by)
            await self.sessions.end_all(user_id)
            if sequence:
                days = REFUSED_KEPT_FOR.days
                self._tell(user_id, *REFUSED, handle=user.handle, reason=decision.reason, days=days)
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        return ApprovalOut(id=user_id, handle=user.handle, state=decision.outcome, sequence=sequence)

    def _tell(self, user_id: str, subject: str, text: str, **values: object) -> None:
        self.notices.mailer.soon(self.notices.mail(user_id, subject, text.format(**values)))


def router(
    *,
    approvals: Approvals,
    applications: ApplicationQueries,
    queries: AccountQueries,
    sessions: Sessions,
    notices: OwnerNotices,
    view: View,
) -> APIRouter:
    """Return the routes of applications."""
    routes = Routes(approvals, applications, queries, sessions, notices, view)
    return router_of(routes, prefix="/v1", tags=["people"])


def _check_rank(caller: Caller) -> None:
    if rank_in(caller.require_user().roles, None) < SITE_MODERATOR:
        raise Forbidden("Only moderators of the whole site may do this.", "not_moderator_everywhere")
