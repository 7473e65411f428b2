"""Deletes entries of key-value buckets so that no byte of them stays in the broker's files."""

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue


async def delete_entry(broker: Client, bucket: KeyValue, name: str, key: str) -> bool:
    """Delete the entry of a key, name and value, from a bucket called `name`; False if there was none.

    The broker overwrites the bytes of a deleted message. A purge alone would leave them in its file, and the key's name
    in a marker. Watchers notice only a purge.
    """
    try:
        stored = (await bucket.get(key)).revision
        return await broker.jsm().delete_msg(f"KV_{name}", stored or 0)
    except (KeyNotFoundError, NotFoundError):  # there is none, or another replica was faster
        return False
