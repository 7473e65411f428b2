"""One stream as the broker itself saves and restores it: sequences, times, headers, and the places of its durables.

The requests are those of JetStream's own API (ADR-1 of NATS, `nats stream backup`); what comes is a compressed archive
of the stream's files, which only the broker reads. A restored stream has a new time of creation.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

# The broker's own default; it sends at most 8 MiB ahead of what was acknowledged.
CHUNK_BYTES = 128 * 1024
# Between two chunks a busy disk may take seconds; at the end of a restore the broker reads all that it was given.
CHUNK_S, ANSWER_S, LOADED_S = 30.0, 10.0, 600.0
OnChunk = Callable[[bytes], Awaitable[None]]


class SnapshotFailed(Exception):
    """The broker could not save a stream, or did not take one."""


class StreamSnapshot(BaseModel):
    """What is known of a saved stream: its declaration and its state, in the broker's own words."""

    model_config = ConfigDict(frozen=True)
    config: dict[str, Any]
    state: dict[str, Any]

    @property
    def last(self) -> int:
        """The last sequence."""
        return int(self.state["last_seq"])


async def save_stream(broker: Client, name: str, take: OnChunk) -> StreamSnapshot:
    """Hand every chunk of a stream to `take`, after the broker has checked each message of it.

    Raises:
        Broken: the broker refused, or found damage.
    """
    inbox = broker.new_inbox()
    chunks = await broker.subscribe(inbox, pending_bytes_limit=-1)
    try:
        asked = {"deliver_subject": inbox, "no_consumers": False, "jsck": True, "chunk_size": CHUNK_BYTES}
        answer = await _api(broker, f"STREAM.SNAPSHOT.{name}", asked)
        while True:
            chunk = await chunks.next_msg(timeout=CHUNK_S)
            if not chunk.data:  # the end, or why there is none
                _check_end(name, (chunk.headers or {}).get("Status", "204"))
                return StreamSnapshot(config=answer["config"], state=answer["state"])
            await take(chunk.data)
            if chunk.reply:
                await broker.publish(chunk.reply)
    finally:
        await chunks.unsubscribe()


async def load_stream(broker: Client, saved: StreamSnapshot, chunks: Iterable[bytes]) -> StreamSnapshot:
    """Make a stream of what was saved; there must be none of its name. Returns it as it is now.

    Raises:
        Broken: the broker did not take it.
    """
    name = saved.config["name"]
    place = (await _api(broker, f"STREAM.RESTORE.{name}", saved.model_dump()))["deliver_subject"]
    for chunk in chunks:
        answer = await broker.request(place, chunk, timeout=CHUNK_S)
        if answer.data:
            raise SnapshotFailed(f"{name}: {answer.data.decode(errors='replace')[:200]}")
    whole = orjson.loads((await broker.request(place, b"", timeout=LOADED_S)).data)
    if error := whole.get("error"):
        raise SnapshotFailed(f"{name}: {error['description']}")
    return StreamSnapshot(config=whole["config"], state=whole["state"])


async def stream_config(broker: Client, name: str) -> dict[str, Any] | None:
    """A stream's declaration as it runs; None where there is no such stream."""
    answer = orjson.loads((await broker.request(f"$JS.API.STREAM.INFO.{name}", b"", timeout=ANSWER_S)).data)
    config: dict[str, Any] | None = answer.get("config")
    return config


async def remove_stream(broker: Client, name: str) -> None:
    """Remove a stream with all that it holds, if it is there."""
    if await stream_config(broker, name) is not None:
        await _api(broker, f"STREAM.DELETE.{name}", None)


async def redeclare(broker: Client, config: dict[str, Any]) -> None:
    """Change a stream's declaration."""
    await _api(broker, f"STREAM.UPDATE.{config['name']}", config)


def _check_end(name: str, status: str) -> None:
    if status != "204":
        raise SnapshotFailed(f"{name}: the broker stopped with status {status}")


async def _api(broker: Client, what: str, body: dict[str, Any] | None) -> dict[str, Any]:
    payload = b"" if body is None else orjson.dumps(body)
    answer: dict[str, Any] = orjson.loads((await broker.request(f"$JS.API.{what}", payload, timeout=ANSWER_S)).data)
    if error := answer.get("error"):
        raise SnapshotFailed(f"{what}: {error['description']}")
    return answer
