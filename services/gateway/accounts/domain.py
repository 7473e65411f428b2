"""Rules for approvals, suspensions and appointments: nobody acts on themselves or on a higher rank. Pure."""

from collections.abc import Iterable
from datetime import datetime

from services.gateway.http.caller import Approval, User
from shared.log.events import Fact, Role, UserApproved, UserErased, UserRefused, UserRegistered
from shared.problems import Conflict, Forbidden, Invalid, NotFound
from shared.roles.ranks import ADMIN, rank_in


def check_suspension(by: User, of: User) -> None:
    """Check that one user may suspend or reinstate another.

    Raises:
        Forbidden: `not_moderator_everywhere`, `own_standing` or `rank_too_high`.
    """
    if not {("moderator", None), ("admin", None)} & set(by.roles):
        raise Forbidden("Only moderators of the whole site may do this.", "not_moderator_everywhere")
    if by.id == of.id:
        raise Forbidden("You cannot suspend or reinstate yourself.", "own_standing")
    roles = {role for role, _ in of.roles}
    if "admin" in roles or ("moderator" in roles and ("admin", None) not in by.roles):
        raise Forbidden("Only an admin may suspend a moderator, and nobody may suspend an admin.", "rank_too_high")


def check_role_change(by: User, of: User, role: Role, community: str | None) -> None:
    """Check that one user may give a role to another, or take it away.

    Raises:
        Forbidden: `own_roles` or `rank_too_high`.
        Invalid: `community_not_possible`.
    """
    if by.id == of.id:
        raise Forbidden("You cannot change your own roles. Another administrator can.", "own_roles")
    if rank_in(by.roles, None) < ADMIN:
        raise Forbidden("Only administrators may change roles.", "rank_too_high")
    if community is not None and role != "moderator":
        raise Invalid("Only moderators can be appointed for one community.", "community_not_possible")


def check_appointment(of: User, now: datetime) -> None:
    """Check that a user can use a role.

    Raises:
        Conflict: `account_waiting`, `account_suspended`, or `cannot_sign_in` for an author whom an import has created.
    """
    if of.approval != "approved":
        raise Conflict("This account waits for approval. Approve it first.", "account_waiting")
    if of.suspended_until and of.suspended_until > now:
        raise Conflict("This account is suspended. End the suspension first.", "account_suspended")
    if of.imported:
        raise Conflict("Nobody can sign in with this account: an import has created it.", "cannot_sign_in")


def approval_of(facts: Iterable[Fact]) -> Approval:
    """Return the approval of a user after all their facts, in order. An approval is final.

    Raises:
        NotFound: the user was never registered, or is erased.
    """
    state: Approval | None = None
    for fact in facts:
        match fact:
            case UserRegistered() if state is None:
                state = "waiting" if fact.waits else "approved"
            case UserApproved() if state:
                state = "approved"
            case UserRefused() if state == "waiting":
                state = "refused"
            case UserErased():
                raise NotFound("There is no such user.")
    if state is None:
        raise NotFound("There is no such user.")
    return state
