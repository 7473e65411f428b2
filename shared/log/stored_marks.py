"""The marks of streams and the losses that were found, as the bucket `MARKS` stores them."""

import logging
from dataclasses import dataclass
from typing import Any

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from shared.log.lost_messages import unreadable_messages

logger = logging.getLogger(__name__)

BUCKET, STREAM_MARKS, FOUND, ACCEPTED = "MARKS", "streams", "losses", "unreadable"
BROKER_ERRORS = (BrokerError, APIError, OSError)


@dataclass(frozen=True)
class Mark:
    """The size of a stream at some time. `created`, `at`: the broker's times of the stream and of its last message."""

    created: str
    last: int
    at: str
    messages: int


async def forget_marks(broker: Client, *names: str) -> None:
    """Remove the marks of streams that were created again on purpose, so that this is not a loss. No name: of all."""
    try:
        bucket = await broker.jetstream().key_value(BUCKET)
    except NotFoundError:  # an installation of an earlier version
        return
    marks = await stored_value(bucket, STREAM_MARKS)
    kept = {name: mark for name, mark in marks.items() if names and name not in names}
    if kept != marks:
        await store_value(bucket, STREAM_MARKS, kept)


async def stored_losses(broker: Client) -> dict[str, str]:
    """Return the reported losses that the operator has not accepted: a sentence by stream."""
    return await stored_value(await broker.jetstream().key_value(BUCKET), FOUND)


async def accept_losses(broker: Client, *names: str) -> list[str]:
    """Stop reporting what streams have lost so far. No name: of all. Returns the streams whose losses were reported."""
    bucket = await broker.jetstream().key_value(BUCKET)
    found = await stored_value(bucket, FOUND)
    accepted = [name for name in found if not names or name in names]
    if accepted:
        counts = {name: await unreadable_messages(broker, name) for name in accepted}
        await store_value(bucket, ACCEPTED, await stored_value(bucket, ACCEPTED) | counts)
        await store_value(bucket, FOUND, {name: found[name] for name in found if name not in accepted})
    return accepted


async def store_value(bucket: KeyValue, key: str, value: Any) -> None:
    """Store a value. Without it losses are still reported, but not after a restart."""
    try:
        await bucket.put(key, orjson.dumps(value))
    except BROKER_ERRORS as error:
        logger.warning("the marks of the streams cannot be stored", extra={"error": type(error).__name__})


async def stored_marks(bucket: KeyValue) -> dict[str, Mark]:
    """Return the marks by stream; none if they cannot be read."""
    try:
        return {name: Mark(**mark) for name, mark in (await stored_value(bucket, STREAM_MARKS)).items()}
    except TypeError:  # of another version
        return {}


async def stored_value(bucket: KeyValue, key: str) -> dict[str, Any]:
    """Return a stored object; empty if there is none, or if it cannot be read."""
    try:
        found = orjson.loads((await bucket.get(key)).value or b"{}")
    except (KeyNotFoundError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
