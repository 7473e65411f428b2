"""Sessions and tokens: opaque random words, stored hashed in `SESSIONS`, revocable at once."""

import hashlib
import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Literal

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import BaseModel, ConfigDict

from shared.ids import new_id
from shared.messaging.bucket_watch import watch_bucket

# A session object is about 1 kB: 10 MB at the most.
CACHED = 10_000
SECRET_BYTES = 32


class Grant(BaseModel):
    """What a session cookie or a bearer token stands for."""

    model_config = ConfigDict(frozen=True)

    id: str
    user_id: str
    kind: Literal["session", "token"]
    csrf: str = ""
    scopes: tuple[str, ...] = ()  # names of capabilities; a session has all of its person's
    name: str = ""
    begun_at: datetime | None = None  # grants from before have none
    expires_at: datetime


class Placed(Grant):
    """A grant as its person's list has it: with the place where the grant itself is."""

    place: str


class Sessions:
    """Grants by the hash of their secret, cached; a change in the bucket empties the cache's place."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket
        self._cache: OrderedDict[str, Grant] = OrderedDict()
        self._changes = 0  # seen in the bucket
        self._watch: JetStreamContext.PushSubscription | None = None

    @classmethod
    async def open(cls, broker: Client) -> "Sessions":
        """Over the bucket `SESSIONS`, watching it for revocations."""
        sessions = cls(await broker.jetstream().key_value("SESSIONS"))
        sessions._watch = await watch_bucket(broker, "SESSIONS", sessions._forget)
        return sessions

    async def begin(self, user_id: str, days: int) -> tuple[str, Grant]:
        """A new browser session: its secret (for the cookie) and what it stands for."""
        csrf = secrets.token_urlsafe(SECRET_BYTES)
        return await self._store(_grant(user_id, "session", days, csrf=csrf))

    async def mint(self, user_id: str, name: str, scopes: tuple[str, ...], days: int) -> tuple[str, Grant]:
        """A new bearer token limited to the scopes: its secret and what it stands for."""
        return await self._store(_grant(user_id, "token", days, name=name, scopes=scopes))

    async def find(self, secret: str) -> Grant | None:
        """What a secret stands for; None when it is unknown, revoked or too old."""
        key = _hashed(secret)
        grant = self._cache.get(key) or await self._load(key)
        if grant is None or grant.expires_at <= datetime.now(UTC):
            return None
        return grant

    async def end(self, secret: str) -> None:
        """Revoke: on every replica at once."""
        grant = await self.find(secret)
        await self._purge(_hashed(secret))
        if grant:
            await self._bucket.purge(_listed(grant))

    async def of(self, user_id: str) -> list[Placed]:
        """A person's sessions and tokens, the latest first. Those from before lists were kept are missing."""
        found = []
        watcher = await self._bucket.watch(f"of.{user_id}.*", ignore_deletes=True)
        try:
            async for entry in watcher:
                if entry is None:
                    break  # that was all there is
                found.append(Placed.model_validate_json(entry.value or b""))
        finally:
            await watcher.stop()  # type: ignore[no-untyped-call]  # nats-py has left it out
        now = datetime.now(UTC)
        return sorted((one for one in found if one.expires_at > now), key=lambda one: one.id, reverse=True)

    async def revoke(self, user_id: str, grant_id: str) -> bool:
        """End one of a person's sessions and tokens. False: they have none of this id."""
        found = [one for one in await self.of(user_id) if one.id == grant_id]
        await self._end_all(found)
        return bool(found)

    async def end_all(self, user_id: str) -> None:
        """End all of a person's sessions and tokens."""
        await self._end_all(await self.of(user_id))

    async def _end_all(self, grants: list[Placed]) -> None:
        for one in grants:
            await self._purge(one.place)
            await self._bucket.purge(_listed(one))

    async def _purge(self, place: str) -> None:
        self._cache.pop(place, None)
        await self._bucket.purge(place)

    async def close(self) -> None:
        """Stop watching."""
        if self._watch:
            await self._watch.unsubscribe()

    async def _store(self, grant: Grant) -> tuple[str, Grant]:
        secret = secrets.token_urlsafe(SECRET_BYTES)
        place = _hashed(secret)
        # Listed first: what a crash leaves behind is an entry that opens nothing, never a grant that nobody sees.
        await self._bucket.put(_listed(grant), Placed(**grant.model_dump(), place=place).model_dump_json().encode())
        await self._bucket.put(place, grant.model_dump_json().encode())
        return secret, grant

    def _forget(self, key: str) -> None:
        self._changes += 1
        self._cache.pop(key, None)

    async def _load(self, key: str) -> Grant | None:
        changes = self._changes
        try:
            entry = await self._bucket.get(key)
        except KeyNotFoundError:
            return None
        grant = Grant.model_validate_json(entry.value or b"")
        if changes != self._changes:
            return grant  # perhaps revoked while the answer was on its way: do not keep it
        self._cache[key] = grant
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return grant


def _grant(
    user_id: str,
    kind: Literal["session", "token"],
    days: int,
    csrf: str = "",
    name: str = "",
    scopes: tuple[str, ...] = (),
) -> Grant:
    now = datetime.now(UTC)
    return Grant(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        csrf=csrf,
        name=name,
        scopes=scopes,
        begun_at=now,
        expires_at=now + timedelta(days=days),
    )


def _listed(grant: Grant) -> str:
    return f"of.{grant.user_id}.{grant.id}"


def _hashed(secret: str) -> str:
    # The secret has 256 random bits: a plain hash is enough, there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
