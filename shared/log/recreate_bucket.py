"""Recreates a bucket whose earlier declaration forbade deleting, which the broker cannot lift, or a damaged stream.

The entries move to a second stream and back, and every step can be repeated after a crash: the second stream exists
exactly while the move is unfinished, and entries are removed only where a complete copy exists.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.client import Client

from shared.log.read_to_end import read_to_end

Api = Callable[[Client, str, dict[str, Any] | None], Awaitable[dict[str, Any]]]
SEALED = "ottit-complete"


def forbids_deleting(declared: dict[str, Any], running: dict[str, Any] | None) -> bool:
    """Return whether the running stream forbids what the declaration allows."""
    return bool(running and running.get("deny_delete") and not declared["deny_delete"])


async def recreate_bucket(
    broker: Client,
    declared: dict[str, Any],
    config_of: Callable[[str], Awaitable[dict[str, Any] | None]],
    api: Api,
    *,
    damaged: bool = False,
) -> bool:
    """Move the entries of a bucket into a new stream of its name if that is necessary, or was interrupted.

    `config_of` returns the configuration of a stream, or None. `damaged`: a move is necessary. Returns whether
    anything was moved. Revisions change; nothing refers to them while services are stopped.
    """
    name, spare = declared["name"], f"{declared['name']}_MOVING"
    prefix, spare_prefix = _prefix(declared), f"ottit.moving.{name}."
    running, copy = await config_of(name), await config_of(spare)
    necessary = damaged or forbids_deleting(declared, running)
    if not necessary and copy is None:
        return False
    complete = bool(copy and (copy.get("metadata") or {}).get(SEALED))
    beside = {**declared, "name": spare, "subjects": [f"{spare_prefix}>"], "max_age": 0}
    if not complete:
        if copy is not None:
            await api(broker, f"STREAM.DELETE.{spare}", None)
        if not necessary:
            return False
        await api(broker, f"STREAM.CREATE.{spare}", beside)
        await _copy(broker, name, prefix, spare_prefix)
        await api(broker, f"STREAM.UPDATE.{spare}", beside | {"metadata": {SEALED: "yes"}})
    if running is not None:
        await api(broker, f"STREAM.DELETE.{name}", None)
    await api(broker, f"STREAM.CREATE.{name}", declared)
    await _copy(broker, spare, spare_prefix, prefix)
    await api(broker, f"STREAM.DELETE.{spare}", None)
    return True


def _prefix(declared: dict[str, Any]) -> str:
    return str(declared["subjects"][0]).removesuffix(">")


async def _copy(broker: Client, source: str, prefix: str, to: str) -> None:
    """Copy all entries with content; repeating it changes nothing. Markers of removed keys are left out."""
    stream = broker.jetstream(timeout=30)
    async for message in read_to_end(broker, source):
        if message.data:
            subject = to + message.subject.removeprefix(prefix)
            await stream.publish(subject, message.data, headers=message.headers)
