"""Reads the signed checkpoints of the stream AUDIT, and tells those that prove something from those that do not."""

from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic import TypeAdapter

from shared.log.audit_chain import STREAM, Checkpoint
from shared.log.read_to_end import read_to_end
from shared.policy.signing import Signed, TrustedKey, TrustedKeys, UntrustedSignature, public_key_from

_KEYS = TypeAdapter(list[str])


@dataclass
class StoredCheckpoints:
    """The valid checkpoints in order, and a sentence for each of the others. `last`: the last sequence in AUDIT."""

    valid: list[Checkpoint] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    last: int = 0
    exists: bool = True  # the stream

    @property
    def newest(self) -> Checkpoint | None:
        """The last valid checkpoint."""
        return self.valid[-1] if self.valid else None


def auditor_keys(text: str) -> TrustedKeys:
    """Return the keys of a JSON list of base64url public keys. Raises ValueError if it is not one."""
    return TrustedKeys(TrustedKey(public_key_from(key)) for key in _KEYS.validate_json(text))


async def read_checkpoints(broker: Client, trusted_keys: TrustedKeys | None) -> StoredCheckpoints:
    """Read every checkpoint. `trusted_keys`: None takes each signature for valid."""
    stored, reached = StoredCheckpoints(), 0
    try:
        stored.last = (await broker.jetstream().stream_info(STREAM)).state.last_seq
    except NotFoundError:
        stored.problems.append(f"The stream {STREAM} with the checkpoints does not exist.")
        stored.exists = False
        return stored
    async for message in read_to_end(broker, STREAM):
        number = message.metadata.sequence.stream
        try:
            checkpoint = parse_checkpoint(message.data, trusted_keys)
        except UntrustedSignature as error:
            stored.problems.append(f"Checkpoint {number} is {error}.")
        except ValueError:
            stored.problems.append(f"Checkpoint {number} cannot be read.")
        else:
            if checkpoint.previous != reached:
                stored.problems.append(f"A checkpoint is missing after sequence {reached}.")
            if checkpoint.sequence > reached:
                stored.valid.append(checkpoint)
                reached = checkpoint.sequence
    return stored


def parse_checkpoint(stored: bytes, trusted_keys: TrustedKeys | None) -> Checkpoint:
    """Return the checkpoint in a stored message.

    Raises:
        UntrustedSignature: it is not signed by a trusted key.
        ValueError: it is not a checkpoint.
    """
    signed = Signed.model_validate_json(stored)
    if trusted_keys:
        trusted_keys.check(signed, "audit", 0)
    return Checkpoint.model_validate_json(signed.text)
