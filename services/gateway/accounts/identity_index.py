"""Finds the user of an identity: entries of the bucket `ACCOUNTS` under a keyed hash, so that no two users share one.

Each entry's hash is also listed in its user's credentials, before the entry exists and until it is gone: an erasure
finds all of them. The key of the hash is an entry of `KEYS`, so that it survives a rotation of the master key.
"""

import orjson
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from shared.messaging.bucket_entries import delete_entry
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import DataKey

# The name of the key in `KEYS`; ids of users look otherwise.
KEY_ID = "identities"


class IdentityIndex:
    """Users by identity."""

    _bucket: KeyValue

    def __init__(self, broker: Client, keys: DataKeyStore) -> None:
        self._broker = broker
        self._keys = keys
        self._key: DataKey | None = None

    async def start(self) -> None:
        """Open the bucket `ACCOUNTS`."""
        self._bucket = await self._broker.jetstream().key_value("ACCOUNTS")

    async def id_of(self, issuer: str, subject: str) -> str:
        """Return the keyed hash of a person at a provider, in hexadecimal.

        Raises:
            KeyLost: identities exist, and the key of their hashes is lost. A backup has it.
        """
        self._key = self._key or await self._hash_key()
        return self._key.content_hash(f"{issuer}\0{subject}".encode())

    async def owner(self, identity_id: str) -> str:
        """Return the id of the user with this identity; empty if it is nobody's."""
        try:
            entry = await self._bucket.get(_entry(identity_id))
            return str(orjson.loads(entry.value or b"")["id"])
        except (KeyNotFoundError, orjson.JSONDecodeError, LookupError, TypeError):
            return ""

    async def take(self, identity_id: str, user_id: str) -> str:
        """Give an identity to a user, if it is nobody's. Returns the id of the user who has it now."""
        try:
            await self._bucket.create(_entry(identity_id), orjson.dumps({"id": user_id}))
        except KeyWrongLastSequenceError:
            return await self.owner(identity_id)
        return user_id

    async def release(self, identity_id: str, user_id: str) -> None:
        """Delete the entry of an identity, unless it is another user's."""
        if await self.owner(identity_id) == user_id:
            await delete_entry(self._broker, self._bucket, "ACCOUNTS", _entry(identity_id))

    async def _hash_key(self) -> DataKey:
        """Return the key of the hashes; a new one only while there is no identity that it would not find."""
        try:
            await self._broker.jetstream().get_last_msg("KV_ACCOUNTS", f"$KV.ACCOUNTS.{_entry('*')}", direct=False)
        except NotFoundError:
            return await self._keys.create(KEY_ID)
        return await self._keys.key_of(KEY_ID)


def _entry(identity_id: str) -> str:
    # No handle contains a dot.
    return f"identity.{identity_id}"
