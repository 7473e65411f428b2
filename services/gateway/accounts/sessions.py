"""Sessions and tokens: random secrets, stored as hashes in `SESSIONS`, revocable at once.

The name of a token is sealed with its owner's key: expired entries stay in the broker's file, unreadable once the owner
is erased.
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from services.gateway.accounts.stored_grants import ListedGrant, decoded, hashed, list_key, new_grant
from services.gateway.http.caller import Grant
from shared.ids import new_id
from shared.log.crash_points import crash_point
from shared.log.follower import Follower
from shared.log.read_to_end import read_to_end
from shared.messaging.bucket_entries import delete_entry
from shared.messaging.bucket_watch import watch_bucket
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import VERSION
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# A grant object is about 1 kB: 10 MB at most.
CACHED = 10_000
SECRET_BYTES = 32
REVOKED = b"revoked"  # the key says all
# How exactly the last use is known: each step is a write for everybody who reads.
USE_NOTED_EVERY = timedelta(minutes=10)


class Sessions:
    """Grants by the hash of their secret, cached until their key in the bucket changes."""

    _bucket: KeyValue
    # Deleting a grant leaves its earlier revisions in the broker's file. A damaged bucket could have one of them again.
    _revoked: KeyValue

    def __init__(self, broker: Client, keys: DataKeyStore, idle_days: float = 5.0) -> None:
        """`idle_days`: a session that was not used for so long has ended."""
        self._idle = timedelta(days=idle_days)
        self._noting: set[asyncio.Task[None]] = set()
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
        """Open the buckets, and watch `SESSIONS` for revocations."""
        self._bucket = await self._broker.jetstream().key_value("SESSIONS")
        self._revoked = await self._broker.jetstream().key_value("REVOKED")
        self._watch = await watch_bucket(self._broker, "SESSIONS", self._forget)

    async def begin(self, user_id: str, days: int, device: str = "", *, is_proved: bool = True) -> tuple[str, Grant]:
        """Create a browser session. Returns secret and grant. `is_proved`: the user has just proved who they are."""
        now = datetime.now(UTC)
        grant = new_grant(user_id, "session", days, csrf=secrets.token_urlsafe(SECRET_BYTES))
        proved_at = now if is_proved else None
        return await self._store(
            grant.model_copy(update={"device": device, "last_used_at": now, "proved_at": proved_at})
        )

    async def renew(self, secret: str) -> tuple[str, Grant] | None:
        """Begin a session in place of another one whose user has just proved again who they are.

        Returns its secret and its grant, which ends when the other one would have; None if that has ended. The caller
        ends the other one, once the browser has the new secret.
        """
        grant, now = await self.find(secret), datetime.now(UTC)
        if grant is None:
            return None
        return await self._store(grant.model_copy(update={"id": new_id(), "proved_at": now, "last_used_at": now}))

    async def mint(self, user_id: str, name: str, scopes: tuple[str, ...], days: int) -> tuple[str, Grant]:
        """Create a bearer token limited to the scopes. Returns its secret and its grant."""
        grant = new_grant(user_id, "token", days, scopes=scopes)
        sealed = (await self._keys.key_of(user_id)).seal(name.encode(), grant.id)
        secret, _ = await self._store(grant.model_copy(update={"name": sealed}))
        return secret, grant.model_copy(update={"name": name})

    async def find(self, secret: str) -> Grant | None:
        """Return the grant of a secret; None if it is unknown, revoked, expired or was idle for too long."""
        key = hashed(secret)
        grant, now = self._cache.get(key) or await self._load(key), datetime.now(UTC)
        if grant is None or self._has_ended(grant, now):
            return None
        if grant.last_used_at is None or now - grant.last_used_at > USE_NOTED_EVERY:
            self._note_use(key, grant, now)
        return grant

    async def end(self, secret: str) -> None:
        """Revoke a grant on all replicas at once. A secret that was never given out leaves no trace."""
        place = hashed(secret)
        grant = self._cache.get(place)
        if grant is None:
            try:
                grant = decoded(Grant, (await self._bucket.get(place)).value or b"")
            except KeyNotFoundError:
                return
        await self._purge(place)
        if grant:
            await self._delete(list_key(grant))

    async def of(self, user_id: str) -> list[ListedGrant]:
        """Return a user's sessions and tokens, newest first. Grants from before lists existed are missing."""
        found = [await self._current(one) for one in await self._listed(user_id)]
        now = datetime.now(UTC)
        return sorted((one for one in found if not self._has_ended(one, now)), key=lambda one: one.id, reverse=True)

    async def _listed(self, user_id: str) -> list[ListedGrant]:
        # Not the bucket's own watch: it can report an empty bucket when its only entry arrives before its count.
        messages = read_to_end(self._broker, "KV_SESSIONS", subject=f"$KV.SESSIONS.of.{user_id}.*")
        # A revoked grant leaves a marker without content.
        return [one async for message in messages if message.data and (one := decoded(ListedGrant, message.data))]

    async def revoke(self, user_id: str, grant_id: str) -> bool:
        """End one of a user's sessions or tokens. Returns False if they have none with this id."""
        found = [one for one in await self.of(user_id) if one.id == grant_id]
        await self._end_all(found)
        return bool(found)

    async def end_others(self, user_id: str, grant_id: str) -> None:
        """End all sessions of a user but one. Tokens stay."""
        listed = await self._listed(user_id)
        await self._end_all([one for one in listed if one.kind == "session" and one.id != grant_id])

    async def end_all(self, user_id: str) -> None:
        """End all sessions and tokens of a user."""
        await self._end_all(await self._listed(user_id))

    async def _end_all(self, grants: list[ListedGrant]) -> None:
        for one in grants:
            await self._purge(one.place)
            await self._delete(list_key(one))

    async def _purge(self, place: str) -> None:
        self._cache.pop(place, None)
        await self._revoked.put(place, REVOKED)
        await self._delete(place)

    async def _is_revoked(self, place: str) -> bool:
        try:
            await self._revoked.get(place)
        except KeyNotFoundError:
            return False
        return True

    async def _delete(self, key: str) -> None:
        await delete_entry(self._broker, self._bucket, "SESSIONS", key)
        await self._bucket.purge(key)  # tells the caches of all replicas

    async def _opened_name(self, grant: Grant) -> str:
        if not grant.name.startswith(VERSION):
            return grant.name  # a session, or a token from before names were sealed
        return await self._keys.open_label(grant.user_id, grant.name, grant.id)

    async def _current(self, listed: ListedGrant) -> ListedGrant:
        """Return a listed grant with its name and its last use, which the list lacks."""
        stored = self._cache.get(listed.place) or await self._load(listed.place)
        used = {"last_used_at": stored.last_used_at} if stored else {}
        return listed.model_copy(update={"name": await self._opened_name(listed), **used})

    def _has_ended(self, grant: Grant, now: datetime) -> bool:
        idle = grant.kind == "session" and grant.last_used_at is not None and now - grant.last_used_at > self._idle
        return idle or grant.expires_at <= now

    def _note_use(self, key: str, grant: Grant, now: datetime) -> None:
        """Store the time of use without holding up the request; in the cache it counts at once."""
        if key in self._cache:
            self._cache[key] = grant.model_copy(update={"last_used_at": now})
        task = asyncio.create_task(self._store_use(key), name="session use")
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _store_use(self, key: str) -> None:
        try:
            await self._update_use(key)
        except (BrokerError, TimeoutError, ConnectionError) as error:
            logger.info("a session's last use was not stored", extra={"error": type(error).__name__})

    async def _update_use(self, key: str) -> None:
        """Set the last use of a stored grant to now; a grant that was revoked meanwhile stays revoked."""
        while True:
            try:
                entry = await self._bucket.get(key)
            except KeyNotFoundError:
                return
            grant = decoded(Grant, entry.value or b"")
            if grant is None:
                return
            grant = grant.model_copy(update={"last_used_at": datetime.now(UTC)})
            with suppress(KeyWrongLastSequenceError):
                await self._bucket.update(key, grant.model_dump_json().encode(), entry.revision)
                self._cache.pop(key, None)
                return

    async def close(self) -> None:
        """Stop watching."""
        for task in tuple(self._noting):
            await cancel_and_wait(task)
        if self._watch:
            await self._watch.close()

    async def _store(self, grant: Grant) -> tuple[str, Grant]:
        secret = secrets.token_urlsafe(SECRET_BYTES)
        place = hashed(secret)
        # Listed first: a crash in between leaves an entry without a grant, never a grant that its owner cannot see.
        listed = ListedGrant(**grant.model_dump(), place=place)
        await self._bucket.put(list_key(grant), listed.model_dump_json().encode())
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
        grant = decoded(Grant, entry.value or b"")
        if grant and await self._is_revoked(key):
            return None
        if grant is None or changes != self._changes:
            return grant  # it may have been revoked during the request: do not cache it
        self._cache[key] = grant
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return grant
