"""Opens sealed texts before a batch is folded, so that the fold needs no key and never waits."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from services.gateway.view.change_set import Opened
from shared.content import Content
from shared.log.events import (
    Event,
    InterestChanged,
    PostAppealed,
    PostEdited,
    PostSubmitted,
    ReportFiled,
    UserRefused,
    UserRegistered,
)
from shared.security.data_keys import Erased, KeyLost
from shared.security.sealing import DataKey, DecryptionError

logger = logging.getLogger(__name__)

# Concurrent key look-ups of one round trip each: enough to hide the latency, too few to crowd out the log.
LOOKUPS_AT_ONCE = 64

# A key by user; None for a key that is lost, while an erased user has no entry.
Batch = Mapping[str, DataKey | None]
USER_ACTOR = "user:"


class Keys(Protocol):
    """A source of data keys; `shared.security.data_keys.DataKeyStore` implements it."""

    async def key_of(self, user_id: str) -> DataKey:
        """Return a user's key.

        Raises:
            shared.security.data_keys.Erased: the user was erased.
            shared.security.data_keys.KeyLost: the key is missing or damaged, and the user was not erased.
        """
        ...


async def keys_for(events: Sequence[Event], keys: Keys) -> Batch:
    """Return the keys that a batch needs, by user."""
    writers = iter({writer for event in events if (writer := _writer(event))})
    found: dict[str, DataKey | None] = {}

    async def look_up() -> None:
        # Each task takes several writers: most keys are cached, and a task per writer would cost more than the look-up.
        for user_id in writers:
            try:
                found[user_id] = await keys.key_of(user_id)
            except Erased:
                continue
            except KeyLost:
                found[user_id] = None

    await asyncio.gather(*(look_up() for _ in range(LOOKUPS_AT_ONCE)))
    return found


def opened(event: Event, keys: Batch) -> Opened:
    """Return a post's title and body, a handle, a reason, or an interest; None if nothing was sealed or opens."""
    key = keys.get(_writer(event) or "")
    if key is None:
        return None
    try:
        match event.data:
            case PostSubmitted() | PostEdited() as fact:
                content = Content.from_canonical(key.open(fact.content, event.entity_id))
                return content.title, content.body
            case UserRegistered() as fact:
                handle = key.open(fact.handle, event.entity_id).decode()
                return (handle, key.open(fact.reason, event.entity_id).decode()) if fact.reason else handle
            case UserRefused() as fact:
                return key.open(fact.reason, event.entity_id).decode()
            case PostAppealed() as fact:
                return key.open(fact.reason, event.entity_id).decode()
            case ReportFiled() as fact:
                return key.open(fact.reason, event.entity_id).decode()
            case InterestChanged() as fact:
                kind, _, target = key.open(fact.target, event.entity_id).decode().partition(":")
                return kind, target
    except (DecryptionError, ValueError):
        logger.error("a sealed text cannot be opened", extra={"sequence": event.sequence})
    return None


def locked(events: Sequence[Event], keys: Batch) -> list[int]:
    """Return the sequences of facts whose words cannot be read because a key is lost."""
    return [event.sequence for event in events if (writer := _writer(event)) in keys and keys[writer or ""] is None]


def _writer(event: Event) -> str | None:
    match event.data:
        case PostSubmitted() | PostEdited() as fact:
            return fact.author_id
        case UserRegistered() | UserRefused() | InterestChanged():
            return event.entity_id
        case ReportFiled() as fact:
            return fact.reporter_id
        case PostAppealed() if event.actor.startswith(USER_ACTOR):
            return event.actor.removeprefix(USER_ACTOR)  # only authors appeal
    return None
