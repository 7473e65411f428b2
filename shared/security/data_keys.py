"""The ring of data keys: one per person in the bucket `KEYS`, forgotten by every service the moment one is deleted."""

import secrets
from collections import OrderedDict
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import BadSubscriptionError, ConnectionClosedError
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from shared.messaging.bucket_watch import watch_bucket
from shared.security.sealing import DataKey, master_keys, unwrap, wrap

CACHED_KEYS = 20_000  # a key object is about 1 kB: 20 MB at the most


class Erased(Exception):
    """The person's key is gone, so the text is unreadable for good."""


class DataKeyStore:
    """Data keys by person, cached; a change in the bucket empties the person's place in the cache."""

    def __init__(self, broker: Client, bucket: KeyValue, master_key: str) -> None:
        self._broker = broker
        self._bucket = bucket
        self._masters = master_keys(master_key)
        self._cache: OrderedDict[str, DataKey] = OrderedDict()
        self._changes = 0  # seen in the bucket
        self._watch: JetStreamContext.PushSubscription | None = None

    @classmethod
    async def open(cls, broker: Client, master_key: str) -> "DataKeyStore":
        """A ring over the bucket, watching it for erasures."""
        ring = cls(broker, await broker.jetstream().key_value("KEYS"), master_key)
        ring._watch = await watch_bucket(broker, "KEYS", ring._forget)
        return ring

    async def create(self, user_id: str) -> DataKey:
        """A new person's key; the one that exists already where there is one."""
        wrapped = wrap(self._masters[0], user_id, secrets.token_bytes(32))
        try:
            await self._bucket.create(user_id, wrapped)
        except KeyWrongLastSequenceError:
            return await self.key_of(user_id)
        return self._remember(user_id, wrapped)

    async def key_of(self, user_id: str) -> DataKey:
        """A person's key.

        Raises:
            Erased: the person was erased, or never had a key.
        """
        if known := self._cache.get(user_id):
            self._cache.move_to_end(user_id)
            return known
        changes = self._changes
        try:
            entry = await self._bucket.get(user_id)
        except KeyNotFoundError as error:
            raise Erased(user_id) from error
        key = self._remember(user_id, entry.value or b"")
        if changes != self._changes:  # perhaps deleted while the answer was on its way: do not keep it
            self._cache.pop(user_id, None)
        return key

    async def erase(self, user_id: str) -> None:
        """Delete the key: from here on nobody can read what the person wrote, also not from the broker's files."""
        self._cache.pop(user_id, None)
        try:
            stored = (await self._bucket.get(user_id)).revision
        except KeyNotFoundError:
            return
        # A purge alone leaves the wrapped key's bytes in the stream's file; deleting the message overwrites them.
        await self._broker.jsm().delete_msg("KV_KEYS", stored or 0)
        await self._bucket.purge(user_id)

    async def close(self) -> None:
        """Stop watching; a connection that has ended first took the watch with it."""
        if self._watch:
            with suppress(ConnectionClosedError, BadSubscriptionError):
                await self._watch.unsubscribe()

    def _forget(self, user_id: str) -> None:
        self._changes += 1
        self._cache.pop(user_id, None)

    def _remember(self, user_id: str, wrapped: bytes) -> DataKey:
        key = self._cache[user_id] = unwrap(self._masters, user_id, wrapped)
        if len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key
