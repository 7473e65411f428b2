"""Reads the numbers of the changes of users' credentials: those recorded in `MARKS`, and those in the entries."""

import orjson
from nats.aio.client import Client

from shared.log.read_to_end import read_to_end

BUCKET, PREFIX = "MARKS", "credentials."


async def recorded_generations(broker: Client) -> dict[str, int]:
    """Return the number of the last change by user id, of all users."""
    subject = f"$KV.{BUCKET}.{PREFIX}"
    return {
        message.subject.removeprefix(subject): as_number(message.data)
        async for message in read_to_end(broker, f"KV_{BUCKET}", subject=f"{subject}*")
    }


def generation_of(stored: bytes) -> int:
    """Return the number of the change that stored these credentials; 0 for the entry of a handle or a damaged one."""
    try:
        return int(orjson.loads(stored)["generation"])
    except (KeyError, TypeError, ValueError):
        return 0


def as_number(stored: bytes) -> int:
    """Return a recorded number; 0 for a damaged one."""
    return int(stored) if stored.isdigit() else 0
