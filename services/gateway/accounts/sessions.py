"""Sessions and tokens: random secrets, stored as hashes in `SESSIONS`, revocable at once.

The name of a token is sealed with its owner's key: expired entries stay in the broker's file, unreadable once the owner
is erased.
"""

import hashlib
import logging
import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from services.gateway.http.caller import Grant
from shared.ids import new_id
from shared.log.crash_points import crash_point
from shared.log.follower import Follower
from shared.log.read_to_end import read_to_end
from shared.messaging.bucket_entries import delete_entry
from shared.messaging.bucket_watch import watch_bucket
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import VERSION, DecryptionError

logger = logging.getLogger(__name__)
G = TypeVar("G", bound=Grant)

# A grant object is about 1 kB: 10 MB at most.
CACHED = 10_000
SECRET_BYTES = 32


class ListedGrant(Grant):
    """An entry of a user's list of grants. `place`: the key of the grant itself."""

    place: str


class Sessions:
    """Grants by the hash of their secret, cached until their key in the bucket changes."""

    _bucket: KeyValue

    def __init__(self, broker: Client, keys: DataKeyStore) -> None:
        self._broker = broker
        self._keys = keys
        self._cache: OrderedDict[str, Grant] = OrderedDict()
        self._changes = 0  # number of changes seen in the bucket
        self._watch: Follower | None = None

    @classmethod
    async def open(cls, broker: Client, keys: DataKeyStore) -> "Sessions":
        """Return started sessions over a connected broker."""
        sessions = cls(broker, keys)
        await sessions.start()
        return sessions

    async def start(self) -> None:
        """Open the bucket `SESSIONS` and watch it for revocations."""
        self._bucket = await self._broker.jetstream().key_value("SESSIONS")
        self._watch = await watch_bucket(self._broker, "SESSIONS", self._forget)

    async def begin(self, user_id: str, days: int) -> tuple[str, Grant]:
        """Create a browser session. Returns its secret (for the cookie) and its grant."""
        csrf = secrets.token_urlsafe(SECRET_BYTES)
        return await self._store(_grant(user_id, "session", days, csrf=csrf))

    async def mint(self, user_id: str, name: str, scopes: tuple[str, ...], days: int) -> tuple[str, Grant]:
        """Create a bearer token limited to the scopes. Returns its secret and its grant."""
        grant = _grant(user_id, "token", days, scopes=scopes)
        sealed = (await self._keys.key_of(user_id)).seal(name.encode(), grant.id)
        secret, _ = await self._store(grant.model_copy(update={"name": sealed}))
        return secret, grant.model_copy(update={"name": name})

    async def find(self, secret: str) -> Grant | None:
        """Return the grant of a secret; None if it is unknown, revoked or expired."""
        key = _hashed(secret)
        grant = self._cache.get(key) or await self._load(key)
        if grant is None or grant.expires_at <= datetime.now(UTC):
            return None
        return grant

    async def end(self, secret: str) -> None:
        """Revoke a grant on all replicas at once."""
        grant = await self.find(secret)
        await self._purge(_hashed(secret))
        if grant:
            await self._delete(_list_key(grant))

    async def of(self, user_id: str) -> list[ListedGrant]:
        """Return a user's sessions and tokens, newest first. Grants from before lists existed are missing."""
        found = [one.model_copy(update={"name": await self._opened_name(one)}) for one in await self._listed(user_id)]
        now = datetime.now(UTC)
        return sorted((one for one in found if one.expires_at > now), key=lambda one: one.id, reverse=True)

    async def _listed(self, user_id: str) -> list[ListedGrant]:
        # Not the bucket's own watch: it can report an empty bucket when its only entry arrives before its count.
        messages = read_to_end(self._broker, "KV_SESSIONS", subject=f"$KV.SESSIONS.of.{user_id}.*")
        # A revoked grant leaves a marker without content.
        return [one async for message in messages if message.data and (one := _decoded(ListedGrant, message.data))]

    async def revoke(self, user_id: str, grant_id: str) -> bool:
        """End one of a user's sessions or tokens. Returns False if they have none with this id."""
        found = [one for one in await self.of(user_id) if one.id == grant_id]
        await self._end_all(found)
        return bool(found)

    async def end_all(self, user_id: str) -> None:
        """End all sessions and tokens of a user."""
        await self._end_all(await self._listed(user_id))

    async def _end_all(self, grants: list[ListedGrant]) -> None:
        for one in grants:
            await self._purge(one.place)
            await self._delete(_list_key(one))

    async def _purge(self, place: str) -> None:
        self._cache.pop(place, None)
        await self._delete(place)

    async def _delete(self, key: str) -> None:
        await delete_entry(self._broker, self._bucket, "SESSIONS", key)
        await self._bucket.purge(key)  # tells the caches of all replicas

    async def _opened_name(self, grant: Grant) -> str:
        if not grant.name.startswith(VERSION):
            return grant.name  # a session, or a token from before names were sealed
        try:
            return (await self._keys.key_of(grant.user_id)).open(grant.name, grant.id).decode()
        except (Erased, DecryptionError):
            return ""

    async def close(self) -> None:
        """Stop watching."""
        if self._watch:
            await self._watch.close()

    async def _store(self, grant: Grant) -> tuple[str, Grant]:
        secret = secrets.token_urlsafe(SECRET_BYTES)
        place = _hashed(secret)
        # Listed first: a crash in between leaves an entry without a grant, never a grant that its owner cannot see.
        listed = ListedGrant(**grant.model_dump(), place=place)
        await self._bucket.put(_list_key(grant), listed.model_dump_json().encode())
        crash_point("after_session_listed")
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
        grant = _decoded(Grant, entry.value or b"")
        if grant is None or changes != self._changes:
            return grant  # it may have been revoked during the request: do not cache it
        self._cache[key] = grant
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return grant


def _grant(
    user_id: str,
    kind: Literal["session", "token"],
    days: int,
    csrf: str = "",
    scopes: tuple[str, ...] = (),
) -> Grant:
    now = datetime.now(UTC)
    return Grant(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        csrf=csrf,
        scopes=scopes,
        begun_at=now,
        expires_at=now + timedelta(days=days),
    )


def _decoded(kind: type[G], stored: bytes) -> G | None:
    """Return a stored grant; None if it is damaged: its secret opens nothing."""
    try:
        return kind.model_validate_json(stored)
    except ValidationError:
        logger.error("a stored grant is damaged and counts as revoked")
        return None


def _list_key(grant: Grant) -> str:
    return f"of.{grant.user_id}.{grant.id}"


def _hashed(secret: str) -> str:
    # The secret has 256 random bits, so a plain hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()
