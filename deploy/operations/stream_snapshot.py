"""Saves and restores a stream with the broker's own snapshots: sequences, times, headers, positions of durables.

Uses JetStream's API (ADR-1 of NATS, `nats stream backup`). A snapshot is a compressed archive of the stream's files
that only the broker reads. A restored stream has a new creation time.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict

# The broker's default; it sends at most 8 MiB ahead of the last acknowledged chunk.
CHUNK_BYTES = 128 * 1024
# A busy disk may need seconds between two chunks; at the end of a restore the broker reads all of the data.
CHUNK_TIMEOUT_S, REPLY_TIMEOUT_S, LOAD_TIMEOUT_S = 30.0, 10.0, 600.0
# The broker gives a restore 5 s to take the next chunk, and then closes the pipe to it.
PIPE_CLOSED = "closed pipe"
TOO_SLOW = (
    "The broker's disk is slow or full: it did not take the next part of the backup within 5 s. The backup is "
    "unchanged. Free disk space if it is full. If the broker runs in a container, start it with "
    "OTTIT_BROKER_SYNC=10m for the restore only (docs/operations.md). Then run the same command again"
)
OnChunk = Callable[[bytes], Awaitable[None]]


class SnapshotFailed(Exception):
    """The broker could not save or load a stream."""


class StreamSnapshot(BaseModel):
    """The configuration and state of a saved stream, as the broker reports them."""

    model_config = ConfigDict(frozen=True)
    config: dict[str, Any]
    state: dict[str, Any]

    @property
    def last(self) -> int:
        """The last sequence."""
        return int(self.state["last_seq"])


async def save_stream(broker: Client, name: str, on_chunk: OnChunk) -> StreamSnapshot:
    """Pass every chunk of a stream to `on_chunk`. The broker checks each message first.

    Raises:
        SnapshotFailed: the broker refused or found damage.
    """
    inbox = broker.new_inbox()
    chunks = await broker.subscribe(inbox, pending_bytes_limit=-1)
    try:
        request = {"deliver_subject": inbox, "no_consumers": False, "jsck": True, "chunk_size": CHUNK_BYTES}
        reply = await _api(broker, f"STREAM.SNAPSHOT.{name}", request)
        while True:
            chunk = await chunks.next_msg(timeout=CHUNK_TIMEOUT_S)
            if not chunk.data:  # the end, or an error
                _check_end(name, (chunk.headers or {}).get("Status", "204"))
                return StreamSnapshot(config=reply["config"], state=reply["state"])
            await on_chunk(chunk.data)
            if chunk.reply:
                await broker.publish(chunk.reply)
    finally:
        await chunks.unsubscribe()


async def load_stream(broker: Client, saved: StreamSnapshot, chunks: Iterable[bytes]) -> StreamSnapshot:
    """Create a stream from a snapshot and return its state. No stream of this name may exist.

    Raises:
        SnapshotFailed: the broker rejected the snapshot.
    """
    name = saved.config["name"]
    subject = (await _api(broker, f"STREAM.RESTORE.{name}", saved.model_dump()))["deliver_subject"]
    for chunk in chunks:
        reply = await broker.request(subject, chunk, timeout=CHUNK_TIMEOUT_S)
        if reply.data:
            raise SnapshotFailed(f"{name}: {_reason(reply.data)}")
    outcome = orjson.loads((await broker.request(subject, b"", timeout=LOAD_TIMEOUT_S)).data)
    if error := outcome.get("error"):
        raise SnapshotFailed(f"{name}: {_explained(error['description'])}")
    return StreamSnapshot(config=outcome["config"], state=outcome["state"])


async def stream_config(broker: Client, name: str) -> dict[str, Any] | None:
    """Return the current configuration of a stream, or None if it does not exist."""
    reply = orjson.loads((await broker.request(f"$JS.API.STREAM.INFO.{name}", b"", timeout=REPLY_TIMEOUT_S)).data)
    config: dict[str, Any] | None = reply.get("config")
    return config


async def remove_stream(broker: Client, name: str) -> None:
    """Delete a stream with its messages, if it exists."""
    if await stream_config(broker, name) is not None:
        await _api(broker, f"STREAM.DELETE.{name}", None)


async def create_stream(broker: Client, config: dict[str, Any]) -> None:
    """Create a stream that has the configuration `config`."""
    await _api(broker, f"STREAM.CREATE.{config['name']}", config)


async def redeclare(broker: Client, config: dict[str, Any]) -> None:
    """Change the configuration of a stream."""
    await _api(broker, f"STREAM.UPDATE.{config['name']}", config)


def _reason(reply: bytes) -> str:
    try:
        return _explained(str(orjson.loads(reply)["error"]["description"]))
    except (ValueError, LookupError, TypeError):
        return reply.decode(errors="replace")[:200]


def _explained(description: str) -> str:
    return f"{description}. {TOO_SLOW}" if PIPE_CLOSED in description else description


def _check_end(name: str, status: str) -> None:
    if status != "204":
        raise SnapshotFailed(f"{name}: the broker stopped with status {status}")


async def _api(broker: Client, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
    payload = b"" if body is None else orjson.dumps(body)
    reply: dict[str, Any] = orjson.loads(
        (await broker.request(f"$JS.API.{method}", payload, timeout=REPLY_TIMEOUT_S)).data
    )
    if error := reply.get("error"):
        raise SnapshotFailed(f"{method}: {error['description']}")
    return reply
