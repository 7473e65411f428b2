"""Lists the people who wait for an approval and decides about them for the operator, straight from the log."""

from dataclasses import dataclass
from datetime import datetime

from deploy.installation.admin_context import AdminContext
from deploy.installation.secret_files import ACTOR
from shared.log.events import DecodeError, UserRegistered, decode
from shared.log.read_to_end import read_to_end
from shared.security.data_keys import Erased


@dataclass(frozen=True)
class Waiting:
    """A person who waits, with the reason that they gave for wanting to join."""

    user_id: str
    handle: str
    since: datetime
    reason: str


async def waiting_people(context: AdminContext) -> list[Waiting]:
    """Return the people who wait, the longest first."""
    found: list[Waiting] = []
    async for message in read_to_end(context.broker, "EVENTS", subject=UserRegistered.subject("*")):
        try:
            event = decode(message.data, message.metadata.sequence.stream, message.subject)
        except DecodeError:
            continue
        fact = event.data
        if isinstance(fact, UserRegistered) and fact.waits and await context.approvals.waits(event.entity_id):
            reason = await context.keys.open_label(event.entity_id, fact.reason, event.entity_id) if fact.reason else ""
            handle = await _handle(context, event.entity_id)
            found.append(Waiting(event.entity_id, handle, event.occurred_at, reason))
    return found


async def approve(context: AdminContext, handle: str) -> None:
    """Approve somebody who waits or was refused.

    Raises:
        shared.problems.NotFound: there is no such user.
    """
    await context.approvals.approve(await context.accounts.id_of(handle), ACTOR)


async def refuse(context: AdminContext, handle: str, reason: str) -> None:
    """Refuse somebody who waits, and end their sessions. The gateway erases the account after a week.

    Raises:
        shared.problems.NotFound: there is no such user.
        shared.problems.Conflict: `approved_already`.
    """
    user_id = await context.accounts.id_of(handle)
    await context.approvals.refuse(user_id, reason, ACTOR)
    await context.sessions.end_all(user_id)


async def _handle(context: AdminContext, user_id: str) -> str:
    try:
        return await context.accounts.handle_of(user_id) or user_id
    except Erased:
        return user_id
