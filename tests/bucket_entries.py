"""Reads whole buckets. The client's own list of keys is sometimes empty on a busy machine."""

from contextlib import suppress

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError


async def entries(operator: Client, name: str) -> dict[str, bytes]:
    """Return the entries of a bucket."""
    stream, prefix, found = operator.jetstream(), f"$KV.{name}.", dict[str, bytes]()
    bucket = await stream.key_value(name)
    for subject in (await stream.stream_info(f"KV_{name}", subjects_filter=f"{prefix}>")).state.subjects or {}:
        key = subject.removeprefix(prefix)
        with suppress(KeyNotFoundError):  # a marker of a removed key
            found[key] = (await bucket.get(key)).value or b""
    return found
