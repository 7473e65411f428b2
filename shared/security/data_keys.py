"""Stores one data key per user in the bucket `KEYS`. When a key is deleted, every service drops its cached copy.

The log says whether a missing key was deleted by an erasure. Otherwise it is lost, and the texts are not given up: a
backup of the bucket opens them again.
"""

import logging
import secrets
from collections import OrderedDict

from nats.aio.client import Client
from nats.js.errors import InvalidKeyError, KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from shared.log.crash_points import crash_point
from shared.log.events import UserErased, UserRegistered
from shared.log.events.envelope import Fact
from shared.log.follower import Follower
from shared.messaging.bucket_watch import watch_bucket
from shared.problems import Unavailable
from shared.security.master_key_check import check_master_key
from shared.security.sealing import DataKey, DecryptionError, master_keys, unwrap, wrap

logger = logging.getLogger(__name__)

WRAPPED_BYTES = 12 + 32 + 16  # nonce, data key, tag
CACHED_KEYS = 20_000  # a key object is about 1 kB: 20 MB at most


class Erased(Exception):
    """The user was erased, so the text can never be read again."""


class KeyLost(Unavailable):
    """The broker has lost or damaged the key of a user who was not erased. A backup has it."""

    code = "key_lost"
    retry_after_s = 60  # only the operator can help

    def __init__(self, user_id: str) -> None:
        super().__init__("The server has lost the key to this author's texts. Nothing was stored or deleted.")
        self.user_id = user_id


class DataKeyStore:
    """Data keys by user, cached. A change in the bucket evicts the user's cached key."""

    _bucket: KeyValue

    def __init__(self, broker: Client, master_key: str) -> None:
        self._broker = broker
        self._masters = master_keys(master_key)
        self._cache: OrderedDict[str, DataKey] = OrderedDict()
        self._changes = 0  # changes seen in the bucket
        self._fits = False  # the master key has unwrapped a data key
        self._lost: set[str] = set()  # users whose key was looked for and is lost
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
        """Create a key for a new user, or return the existing one.

        Raises:
            KeyLost: the user is registered. Another key would open none of their texts.
        """
        if user_id not in self._cache and await self._has_fact(UserRegistered, user_id):
            return await self.key_of(user_id)
        wrapped = wrap(self._masters[0], user_id, secrets.token_bytes(32))
        try:
            await self._bucket.create(user_id, wrapped)
        except KeyWrongLastSequenceError:
            return await self.key_of(user_id)
        return self._cache_key(user_id, wrapped)

    async def key_of(self, user_id: str) -> DataKey:
        """Return a user's key.

        Raises:
            Erased: the user was erased.
            KeyLost: the stored key is missing or damaged, and the user was not erased.
            DecryptionError: no key could be unwrapped so far, so the master key is probably wrong.
        """
        if cached := self._cache.get(user_id):
            self._cache.move_to_end(user_id)
            return cached
        changes = self._changes
        try:
            entry = await self._bucket.get(user_id)
        except InvalidKeyError as error:  # no key can have this name
            raise Erased(user_id) from error
        except KeyNotFoundError as error:
            # An erasure appends its fact first.
            if await self._has_fact(UserErased, user_id):
                raise Erased(user_id) from error
            raise self._loss(user_id) from error
        key = self._cache_key(user_id, entry.value or b"")
        if changes != self._changes:  # the key may have been deleted since the read: do not cache it
            self._cache.pop(user_id, None)
        return key

    async def open_label(self, user_id: str, sealed: str, bound_to: str) -> str:
        """Return a sealed name or address of a user; empty if its key is gone or it is damaged.

        `bound_to`: the id that it was sealed for.
        """
        try:
            return (await self.key_of(user_id)).open(sealed, bound_to).decode()
        except (Erased, KeyLost, DecryptionError):
            return ""

    @property
    def state(self) -> str:
        """`ok`, or how many of the keys that were looked for are lost."""
        return f"data keys of {len(self._lost)} users are lost: see the note of the gateway" if self._lost else "ok"

    def check(self, user_id: str, wrapped: bytes) -> bool:
        """Return whether a stored key opens with the master key."""
        try:
            unwrap(self._masters, user_id, wrapped)
        except DecryptionError:
            return False
        return True

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
        self._lost.discard(user_id)

    def _loss(self, user_id: str) -> KeyLost:
        if user_id not in self._lost:
            logger.error("the data key of a user is lost", extra={"user_id": user_id})
            self._lost.add(user_id)
        return KeyLost(user_id)

    async def _has_fact(self, kind: type[Fact], user_id: str) -> bool:
        try:  # not a direct get: another node may not have the fact yet
            await self._broker.jetstream().get_last_msg("EVENTS", kind.subject(user_id), direct=False)
        except NotFoundError:
            return False
        return True

    def _cache_key(self, user_id: str, wrapped: bytes) -> DataKey:
        try:
            key = self._cache[user_id] = unwrap(self._masters, user_id, wrapped)
        except DecryptionError as error:
            if self._fits or len(wrapped) != WRAPPED_BYTES:
                raise self._loss(user_id) from error
            raise
        self._fits = True
        self._lost.discard(user_id)
        if len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key
