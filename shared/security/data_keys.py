"""Stores one data key per user in the bucket `KEYS`. When a key is deleted, every service drops its cached copy."""

import secrets
from collections import OrderedDict

from nats.aio.client import Client
from nats.js.errors import InvalidKeyError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from shared.log.crash_points import crash_point
from shared.log.follower import Follower
from shared.messaging.bucket_watch import watch_bucket
from shared.security.master_key_check import check_master_key
from shared.security.sealing import DataKey, DecryptionError, UnusableKey, master_keys, unwrap, wrap

WRAPPED_BYTES = 12 + 32 + 16  # nonce, data key, tag
CACHED_KEYS = 20_000  # a key object is about 1 kB: 20 MB at most


class Erased(Exception):
    """The user's key is deleted, so the text can never be read again."""


class DataKeyStore:
    """Data keys by user, cached. A change in the bucket evicts the user's cached key."""

    _bucket: KeyValue

    def __init__(self, broker: Client, master_key: str) -> None:
        self._broker = broker
        self._masters = master_keys(master_key)
        self._cache: OrderedDict[str, DataKey] = OrderedDict()
        self._changes = 0  # changes seen in the bucket
        self._fits = False  # the master key has unwrapped a data key
        self._watch: Follower | None = None

    @classmethod
    async def open(cls, broker: Client, master_key: str) -> "DataKeyStore":
        """Return a started store over a connected broker."""
        store = cls(broker, master_key)
        await store.start()
        return store

    async def start(self) -> None:
        """Check the master key, open the bucket `KEYS`, and watch it for erasures.

        Raises:
            shared.security.master_key_check.WrongMasterKey: the master key does not open the stored keys.
        """
        await check_master_key(self._broker, self._masters)
        self._bucket = await self._broker.jetstream().key_value("KEYS")
        self._watch = await watch_bucket(self._broker, "KEYS", self._evict)

    async def create(self, user_id: str) -> DataKey:
        """Create a key for a new user, or return the existing one."""
        wrapped = wrap(self._masters[0], user_id, secrets.token_bytes(32))
        try:
            await self._bucket.create(user_id, wrapped)
        except KeyWrongLastSequenceError:
            return await self.key_of(user_id)
        return self._cache_key(user_id, wrapped)

    async def key_of(self, user_id: str) -> DataKey:
        """Return a user's key.

        Raises:
            Erased: the user was erased, or never had a key.
            UnusableKey: the stored key is damaged.
            DecryptionError: no key could be unwrapped so far, so the master key is probably wrong.
        """
        if cached := self._cache.get(user_id):
            self._cache.move_to_end(user_id)
            return cached
        changes = self._changes
        try:
            entry = await self._bucket.get(user_id)
        except (KeyNotFoundError, InvalidKeyError) as error:
            raise Erased(user_id) from error
        key = self._cache_key(user_id, entry.value or b"")
        if changes != self._changes:  # the key may have been deleted since the read: do not cache it
            self._cache.pop(user_id, None)
        return key

    async def erase(self, user_id: str) -> None:
        """Delete the key. Nobody can read the user's texts afterwards, not even from the broker's files."""
        self._cache.pop(user_id, None)
        try:
            stored = (await self._bucket.get(user_id)).revision
        except KeyNotFoundError:
            return
        # A purge alone leaves the wrapped key's bytes in the stream's file; deleting the message overwrites them.
        await self._broker.jsm().delete_msg("KV_KEYS", stored or 0)
        crash_point("inside_key_deletion")
        await self._bucket.purge(user_id)

    async def close(self) -> None:
        """Stop watching."""
        if self._watch:
            await self._watch.close()

    def _evict(self, user_id: str) -> None:
        self._changes += 1
        self._cache.pop(user_id, None)

    def _cache_key(self, user_id: str, wrapped: bytes) -> DataKey:
        try:
            key = self._cache[user_id] = unwrap(self._masters, user_id, wrapped)
        except DecryptionError as error:
            if self._fits or len(wrapped) != WRAPPED_BYTES:
                raise UnusableKey(f"The stored data key of {user_id} is damaged.") from error
            raise
        self._fits = True
        if len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key
