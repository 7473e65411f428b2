"""Reads the newest checkpoint, and accepts a damaged log as it is."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.installation.atomic_file import write_atomically
from deploy.operations.stream_snapshot import redeclare, remove_stream, stream_config
from shared.audit.checkpoints import parse_checkpoint
from shared.log.audit_chain import STREAM, Checkpoint
from shared.log.integrity import stream_info
from shared.log.losses import ACCEPTED, CONTENT, format_ranges, losses_of
from shared.log.provision import provision
from shared.log.read_to_end import read_to_end
from shared.log.stored_marks import forget_marks
from shared.policy.signing import Signed, TrustedKeys


@dataclass(frozen=True)
class Accepted:
    """The log as it is from now on: its last sequence, its lost sequences, and the file with the old checkpoints."""

    last: int
    lost: int
    old_checkpoints: Path


async def newest_checkpoint(broker: Client) -> Signed | None:
    """Return the last checkpoint, to be stored elsewhere.

    Raises:
        ValueError: it is damaged.
    """
    last = None
    try:
        async for message in read_to_end(broker, STREAM):
            last = message.data
    except NotFoundError:
        return None
    return Signed.model_validate_json(last) if last else None


def verified_checkpoint(signed: Signed, trusted_keys: TrustedKeys) -> Checkpoint:
    """Return the checkpoint of a valid signature. Raises UntrustedSignature."""
    return parse_checkpoint(signed.model_dump_json().encode(), trusted_keys)


async def accept_log(broker: Client, folder: Path) -> Accepted:
    """Take the log as it is: move all checkpoints into a file in `folder`, so that the auditor starts a new chain.

    Lost sequences inside the log are recorded in the stream's metadata, and views are rebuilt from what is there.
    """
    now = datetime.now(UTC)
    file = folder / f"checkpoints-until-{now:%Y%m%dT%H%M%SZ}.json"
    write_atomically(file, json.dumps(await _old_checkpoints(broker), indent=1))
    info = await stream_info(broker, "EVENTS")
    last, found = int(info["state"]["last_seq"]), set[int]()
    async for message in read_to_end(broker, "EVENTS"):
        found.add(message.metadata.sequence.stream)
    lost = (set(range(1, last + 1)) - found) | losses_of(info["config"])
    marks = {ACCEPTED: format_ranges(lost), CONTENT: now.isoformat()}
    await redeclare(broker, info["config"] | {"metadata": (info["config"].get("metadata") or {}) | marks})
    if await stream_config(broker, STREAM):
        await remove_stream(broker, STREAM)
        await forget_marks(broker, STREAM)
    await provision(broker, int(info["config"].get("num_replicas", 1)))
    return Accepted(last, len(lost), file)


async def _old_checkpoints(broker: Client) -> list[str]:
    try:
        return [message.data.decode(errors="replace") async for message in read_to_end(broker, STREAM)]
    except NotFoundError:
        return []
