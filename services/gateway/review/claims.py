"""Claims: a moderator marks a queued post as being reviewed. Kept in `CLAIMS` for minutes; anybody may still decide."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import BaseModel, ValidationError

from shared.log.events import Moment
from shared.log.streams import BUCKETS, SECOND
from shared.problems import Conflict

# The bucket deletes a claim after this time.
LASTS = timedelta(seconds=next(one["max_age"] for one in BUCKETS if one["name"] == "KV_CLAIMS") / SECOND)


class _Stored(BaseModel):
    by: str
    at: Moment


@dataclass(frozen=True)
class Claim:
    """A moderator is reviewing a post until `expires_at`."""

    post_id: str
    moderator_id: str
    expires_at: datetime
    revision: int  # of the entry in the bucket


class Claims:
    """Takes a claim by creating a key, which only one of several replicas can; a decision or time ends it."""

    _bucket: KeyValue

    def __init__(self, broker: Client) -> None:
        self._broker = broker

    async def start(self) -> None:
        """Open the bucket `CLAIMS`."""
        self._bucket = await self._broker.jetstream().key_value("CLAIMS")

    async def take(self, post_id: str, moderator_id: str) -> Claim:
        """Claim a post, or extend your own claim.

        Raises:
            Conflict: `claimed`, another moderator has it.
        """
        now = datetime.now(UTC)
        value = orjson.dumps({"by": moderator_id, "at": now})
        held = await self.find(post_id)
        if held and held.moderator_id != moderator_id:
            raise Conflict("Another moderator is reviewing this post.", "claimed")
        try:
            revision = await (
                self._bucket.update(post_id, value, held.revision) if held else self._bucket.create(post_id, value)
            )
        except KeyWrongLastSequenceError as error:
            raise Conflict("Another moderator has just claimed this post.", "claimed") from error
        return Claim(post_id, moderator_id, now + LASTS, revision)

    async def release(self, post_id: str, moderator_id: str) -> None:
        """Release the moderator's own claim, if there is one."""
        held = await self.find(post_id)
        if held and held.moderator_id == moderator_id:
            await self._bucket.purge(post_id)

    async def settle(self, post_id: str) -> None:
        """End any claim on a decided post."""
        if await self.find(post_id):
            await self._bucket.purge(post_id)

    async def of(self, post_ids: Sequence[str]) -> dict[str, Claim]:
        """Return the claims on these posts, by post."""
        found = await asyncio.gather(*map(self.find, post_ids))
        return {claim.post_id: claim for claim in found if claim}

    async def find(self, post_id: str) -> Claim | None:
        """Return the current claim on a post, or None."""
        try:
            entry = await self._bucket.get(post_id)
        except KeyNotFoundError:
            return None
        try:
            stored = _Stored.model_validate_json(entry.value or b"")
            expires_at = stored.at + LASTS
        except (ValidationError, OverflowError):
            return None  # the bucket deletes the damaged entry within minutes
        if expires_at <= datetime.now(UTC):
            return None
        return Claim(post_id, stored.by, expires_at, entry.revision or 0)
