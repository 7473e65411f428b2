"""Gives roles and takes them away for the operator, and lists who holds them, straight from the log."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.installation.admin_context import AdminContext
from deploy.installation.secret_files import ACTOR
from shared.log.events import (
    DecodeError,
    Event,
    Role,
    UserApproved,
    UserRefused,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
    decode,
)
from shared.log.read_to_end import read_to_end
from shared.problems import Conflict, NotFound
from shared.roles.reader import read_roles
from shared.security.data_keys import Erased

LAST_ADMIN = "This is the last administrator, so nothing was changed. Appoint another one first: ottit roles appoint."
NO_COMMUNITY = "There is no community called {}. Nothing was changed."
# The facts that `ottit roles log` lists; moderators' decisions are on the page and in `GET /v1/audit`.
ACTS = (UserApproved, UserRefused, UserRoleGranted, UserRoleRevoked, UserSuspended, UserReinstated)


@dataclass(frozen=True)
class RoleHolder:
    """A user with their roles: `admin`, `moderator` or, for one community, `moderator:garden`."""

    handle: str
    roles: Sequence[str]


async def role_holders(context: AdminContext) -> list[RoleHolder]:
    """Return the users who have a role, by handle."""
    table = await read_roles(context.broker)
    found = [
        RoleHolder(await _handle(context, user_id), sorted(map(_shown, held)))
        for user_id, held in table.held.items()
        if held
    ]
    return sorted(found, key=lambda holder: holder.handle)


async def appoint(context: AdminContext, handle: str, role: Role, community: str | None) -> None:
    """Give a user a role. It also approves somebody who waits for an approval.

    Raises:
        shared.problems.NotFound: there is no such user or community.
    """
    user_id = await context.accounts.id_of(handle)
    if community and await context.log.last("community", community) is None:
        raise NotFound(NO_COMMUNITY.format(community))
    await context.approvals.approve(user_id, ACTOR)
    await context.accounts.grant(user_id, role, ACTOR, community)


async def remove(context: AdminContext, handle: str, role: Role, community: str | None) -> None:
    """Take a role away.

    Raises:
        shared.problems.NotFound: there is no such user, or they do not have the role.
        shared.problems.Conflict: `last_admin`.
    """
    user_id = await context.accounts.id_of(handle)
    table = await read_roles(context.broker)
    if (role, community) not in table.held.get(user_id, ()):
        raise NotFound(f"{handle} does not have the role {_shown((role, community))}. Nothing was changed.")
    if role == "admin" and table.admins == {user_id}:
        raise Conflict(LAST_ADMIN, "last_admin")
    await context.accounts.revoke(user_id, role, ACTOR, community)
    if role == "admin" and user_id in (await read_roles(context.broker)).admins:
        raise Conflict(LAST_ADMIN, "last_admin")  # somebody else removed the other one at the same moment


async def acts(context: AdminContext) -> list[str]:
    """Return a line for each change of a role or a suspension, oldest first."""
    events: list[Event] = []
    for kind in ACTS:
        async for message in read_to_end(context.broker, "EVENTS", subject=kind.subject("*")):
            try:
                events.append(decode(message.data, message.metadata.sequence.stream, message.subject))
            except DecodeError:
                continue
    return [await _line(context, event) for event in sorted(events, key=lambda event: event.sequence)]


async def _line(context: AdminContext, event: Event) -> str:
    origin, _, actor_id = event.actor.partition(":")
    by = await _handle(context, actor_id) if origin == "user" else origin
    fact = event.data
    role = _shown((fact.role, fact.community)) if isinstance(fact, UserRoleGranted | UserRoleRevoked) else ""
    about = await _handle(context, event.entity_id)
    return f"{event.occurred_at:%Y-%m-%d %H:%M}  {by:<20} {fact.FACT:<13} {about:<20} {role}".rstrip()


async def _handle(context: AdminContext, user_id: str) -> str:
    try:
        return await context.accounts.handle_of(user_id) or user_id
    except Erased:
        return f"(erased) {user_id}"


def _shown(held: tuple[Role, str | None]) -> str:
    role, community = held
    return f"{role}:{community}" if community else role
