"""Who looks at which post of the queue: kept in the bucket `CLAIMS` for some minutes, and binding for nobody."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from shared.log.streams import BUCKETS, SECOND
from shared.problems import Conflict

# The bucket forgets a claim by itself.
LASTS = timedelta(seconds=next(one["max_age"] for one in BUCKETS if one["name"] == "KV_CLAIMS") / SECOND)


@dataclass(frozen=True)
class Claim:
    """A moderator looks at a post until then."""

    post_id: str
    moderator_id: str
    expires_at: datetime
    revision: int  # of the entry in the bucket


class Claims:
    """Taken by creating a key, which the broker lets one of many replicas do; released by the decision, or by time."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "Claims":
        """Over the bucket `CLAIMS`."""
        return cls(await broker.jetstream().key_value("CLAIMS"))

    async def take(self, post_id: str, moderator_id: str) -> Claim:
        """Claim a post, or claim it anew.

        Raises:
            Conflict: `claimed`, a colleague looks at it.
        """
        now = datetime.now(UTC)
        value = orjson.dumps({"by": moderator_id, "at": now})
        held = await self.find(post_id)
        if held and held.moderator_id != moderator_id:
            raise Conflict("A colleague looks at this post at the moment.", "claimed")
        try:
            revision = await (
                self._bucket.update(post_id, value, held.revision) if held else self._bucket.create(post_id, value)
            )
        except KeyWrongLastSequenceError as error:
            raise Conflict("A colleague was faster and looks at this post now.", "claimed") from error
        return Claim(post_id, moderator_id, now + LASTS, revision)

    async def release(self, post_id: str, moderator_id: str) -> None:
        """Give up one's own claim; without one, nothing."""
        held = await self.find(post_id)
        if held and held.moderator_id == moderator_id:
            await self._bucket.purge(post_id)

    async def settle(self, post_id: str) -> None:
        """The post is decided: nobody needs to look at it any more."""
        if await self.find(post_id):
            await self._bucket.purge(post_id)

    async def of(self, post_ids: Sequence[str]) -> dict[str, Claim]:
        """The claims on a page of the queue."""
        found = await asyncio.gather(*map(self.find, post_ids))
        return {claim.post_id: claim for claim in found if claim}

    async def find(self, post_id: str) -> Claim | None:
        """Who looks at a post now."""
        try:
            entry = await self._bucket.get(post_id)
        except KeyNotFoundError:
            return None
        said = orjson.loads(entry.value or b"{}")
        expires_at = datetime.fromisoformat(said["at"]) + LASTS
        if expires_at <= datetime.now(UTC):
            return None
        return Claim(post_id, said["by"], expires_at, entry.revision or 0)
