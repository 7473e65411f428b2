"""Opening what authors sealed, before a batch is folded: the fold itself then needs no key and never waits."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from services.gateway.view.change_set import Opened
from shared.content import Content
from shared.log.events import Event, PostAppealed, PostEdited, PostSubmitted, ReportFiled, UserRegistered
from shared.security.data_keys import Erased
from shared.security.sealing import DataKey, DecryptionError

logger = logging.getLogger(__name__)

# Key look-ups in flight: one round trip each, enough to hide the trip and too few to crowd out the log itself.
LOOKUPS_AT_ONCE = 64

Batch = Mapping[str, DataKey]
PERSON = "user:"


class Keys(Protocol):
    """Where the data keys come from; `shared.security.data_keys.DataKeyStore` is the real one."""

    async def key_of(self, user_id: str) -> DataKey:
        """A person's key; raises `shared.security.data_keys.Erased` where there is none any more."""
        ...


async def keys_for(events: Sequence[Event], keys: Keys) -> Batch:
    """The keys that a batch needs; whoever has none any more is left out."""
    writers = iter({writer for event in events if (writer := _writer(event))})
    found: dict[str, DataKey] = {}

    async def look_up() -> None:
        # One task goes on from writer to writer: most keys are cached, and a task for each would cost more than that.
        for user_id in writers:
            try:
                found[user_id] = await keys.key_of(user_id)
            except Erased:
                continue

    await asyncio.gather(*(look_up() for _ in range(LOOKUPS_AT_ONCE)))
    return found


def opened(event: Event, keys: Batch) -> Opened:
    """A post's title and body, a handle or a reason; None where nothing was sealed or nobody can open it any more."""
    key = keys.get(_writer(event) or "")
    if key is None:
        return None
    try:
        match event.data:
            case PostSubmitted() | PostEdited() as fact:
                content = Content.from_canonical(key.open(fact.content, event.entity_id))
                return content.title, content.body
            case UserRegistered() as fact:
                return key.open(fact.handle, event.entity_id).decode()
            case PostAppealed() as fact:
                return key.open(fact.reason, event.entity_id).decode()
            case ReportFiled() as fact:
                return key.open(fact.reason, event.entity_id).decode()
    except DecryptionError:
        logger.error("a sealed text does not open", extra={"sequence": event.sequence})
    return None


def _writer(event: Event) -> str | None:
    match event.data:
        case PostSubmitted() | PostEdited() as fact:
            return fact.author_id
        case UserRegistered():
            return event.entity_id
        case ReportFiled() as fact:
            return fact.reporter_id
        case PostAppealed() if event.actor.startswith(PERSON):
            return event.actor.removeprefix(PERSON)  # only authors appeal
    return None
