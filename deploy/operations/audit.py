"""Compares the log with the signed checkpoints of the auditor and finds the first fact that differs."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from nats.aio.client import Client
from pydantic import ValidationError

from shared.log.audit_chain import LEAF_BYTES, MISSING, STREAM, Checkpoint, HashChain
from shared.log.read_to_end import read_to_end
from shared.policy.signing import Signed, TrustedKeys, UntrustedSignature

OnProgress = Callable[[str, int, int], None]
# Facts between two progress reports.
REPORT_EVERY = 1000


@dataclass(frozen=True)
class AuditResult:
    """The result of an audit. `first`: the first sequence that differs, or None; `why`: what differs."""

    facts: int
    checkpoints: int
    audited: int
    first: int | None = None
    why: str = ""

    @property
    def intact(self) -> bool:
        """True if the log matches the checkpoints."""
        return self.first is None and not self.why


class Mismatch(Exception):
    """The log does not match the checkpoints."""

    def __init__(self, sequence: int, why: str) -> None:
        super().__init__(why)
        self.sequence = sequence


@dataclass
class CheckpointCursor:
    """Walks the checkpoints in order, beside the facts. `pinned`: sequence → chain of a checkpoint stored elsewhere."""

    checkpoints: list[Checkpoint]
    pinned: dict[int, str] = field(default_factory=dict)
    _waiting: Iterator[Checkpoint] = field(init=False)
    _next: Checkpoint | None = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = iter(self.checkpoints)
        self._next = next(self._waiting, None)

    def check(self, sequence: int, leaf: bytes, chain: str) -> None:
        """Check one fact. Raises Mismatch if it is not the one that was signed."""
        present = self._next
        if present and present.leaf_prefix(sequence) != leaf[:LEAF_BYTES]:
            missing = leaf == MISSING
            raise Mismatch(sequence, "the fact is missing" if missing else "its bytes are not those that were signed")
        if present and present.sequence == sequence:
            if present.chain != chain:
                raise Mismatch(present.previous + 1, "the chain differs from here on")
            self._next = next(self._waiting, None)
        if self.pinned.get(sequence, chain) != chain:
            raise Mismatch(sequence, "the chain differs from the checkpoint given with --with")


async def verify_log(
    broker: Client, trusted_keys: TrustedKeys, on_progress: OnProgress, stored: Signed | None = None
) -> AuditResult:
    """Recompute the hash chain over the whole log. `stored`: a checkpoint that was stored elsewhere."""
    facts, audited, checkpoints = 0, 0, list[Checkpoint]()
    try:
        checkpoints = [checkpoint async for checkpoint in read_checkpoints(broker, trusted_keys)]
        audited = checkpoints[-1].sequence if checkpoints else 0
        pinned = verified_checkpoint(stored, trusted_keys) if stored else None
        cursor = CheckpointCursor(checkpoints, {pinned.sequence: pinned.chain} if pinned else {})
        chain, last = HashChain(), (await broker.jetstream().stream_info("EVENTS")).state.last_seq
        async for message in read_to_end(broker, "EVENTS"):
            sequence = message.metadata.sequence.stream
            for leaf in chain.extend(sequence, message.subject, message.data):
                cursor.check(chain.sequence, leaf, chain.value)
            facts += 1
            if facts % REPORT_EVERY == 0:
                on_progress("facts", sequence, last)
        audited_up_to = max(audited, pinned.sequence if pinned else 0)
        if audited_up_to > chain.sequence:
            raise Mismatch(chain.sequence + 1, f"the log ends before it, but was audited up to {audited_up_to}")
    except Mismatch as difference:
        return AuditResult(facts, len(checkpoints), audited, difference.sequence, str(difference))
    except UntrustedSignature as error:
        return AuditResult(facts, len(checkpoints), audited, None, str(error))
    return AuditResult(facts, len(checkpoints), audited)


async def read_checkpoints(broker: Client, trusted_keys: TrustedKeys) -> AsyncIterator[Checkpoint]:
    """Yield every checkpoint after checking its signature and its predecessor.

    Raises:
        UntrustedSignature: a checkpoint is forged or missing.
    """
    previous = 0
    async for message in read_to_end(broker, STREAM):
        try:
            checkpoint = verified_checkpoint(Signed.model_validate_json(message.data), trusted_keys)
        except ValidationError as error:
            raise UntrustedSignature(f"checkpoint {message.metadata.sequence.stream} is not valid") from error
        if checkpoint.previous != previous:
            raise UntrustedSignature(f"a checkpoint is missing after sequence {previous}")
        previous = checkpoint.sequence
        yield checkpoint


async def newest_checkpoint(broker: Client) -> Signed | None:
    """Return the last checkpoint, to be stored elsewhere."""
    last = None
    async for message in read_to_end(broker, STREAM):
        last = message.data
    return Signed.model_validate_json(last) if last else None


def verified_checkpoint(signed: Signed, trusted_keys: TrustedKeys) -> Checkpoint:
    """Return the checkpoint of a valid signature. Raises UntrustedSignature."""
    trusted_keys.check(signed, "audit", 0)
    return Checkpoint.model_validate_json(signed.text)
