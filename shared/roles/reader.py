"""Reads users' roles from the log itself: exact at once, while a view may be a moment behind."""

from collections.abc import Iterable
from datetime import UTC, datetime

from nats.aio.client import Client

from shared.log.append import Log
from shared.log.events import (
    DecodeError,
    Event,
    UserApproved,
    UserErased,
    UserRegistered,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
    decode,
    remembered_keys,
    repeat_key,
)
from shared.log.read_to_end import read_to_end
from shared.roles.ranks import NOBODY, Held, RoleTable


async def read_roles(broker: Client) -> RoleTable:
    """Return the roles of all users."""
    events: list[Event] = []
    for kind in (UserRoleGranted, UserRoleRevoked, UserErased):
        async for message in read_to_end(broker, "EVENTS", subject=kind.subject("*")):
            try:
                events.append(decode(message.data, message.metadata.sequence.stream, message.subject))
            except DecodeError:
                continue  # views skip it, too
    table = RoleTable()
    for event in _without_copies(sorted(events, key=lambda event: event.sequence)):
        table.take(event)
    return table


async def roles_in_force(broker: Client, log: Log, user_id: str) -> Held:
    """Return the roles that a user can use now: none while they wait or are suspended, or once they are erased."""
    events = [*_without_copies(await log.facts_of("user", user_id))]
    if any(isinstance(event.data, UserRoleRevoked) and event.data.role == "admin" for event in events):
        table = await read_roles(broker)  # a removal has no effect on the last administrator, so the others matter
    else:
        table = RoleTable()
        for event in events:
            table.take(event)
    return NOBODY if _waits(events) or _is_suspended(events) else table.held.get(user_id, NOBODY)


def _waits(events: Iterable[Event]) -> bool:
    facts = [event.data for event in events]
    waits = any(isinstance(fact, UserRegistered) and fact.waits for fact in facts)
    return waits and not any(isinstance(fact, UserApproved) for fact in facts)


def _is_suspended(events: Iterable[Event]) -> bool:
    until: datetime | None = None
    for event in events:
        if isinstance(event.data, UserSuspended):
            until = event.data.until or datetime.max.replace(tzinfo=UTC)
        elif isinstance(event.data, UserReinstated):
            until = None
    return until is not None and until > datetime.now(UTC)


def _without_copies(events: Iterable[Event]) -> Iterable[Event]:
    known: set[str] = set()
    for event in events:
        if repeat_key(event) not in known:
            known |= remembered_keys(event)
            yield event
