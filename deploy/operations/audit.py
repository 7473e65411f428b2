"""Comparing the log with what the auditor signed: the first fact that differs is named."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from nats.aio.client import Client
from pydantic import ValidationError

from shared.log.audit_chain import LEAF_BYTES, MISSING, STREAM, Checkpoint, HashChain
from shared.log.stream_reader import read_stream
from shared.policy.signing import Signed, TrustedKeys, UntrustedSignature

OnProgress = Callable[[str, int, int], None]
# How often progress is told of: facts.
REPORT_EVERY = 1000


@dataclass(frozen=True)
class AuditResult:
    """`first`: the first sequence that differs from what was signed, None where none does; `why` in words."""

    facts: int
    checkpoints: int
    audited: int
    first: int | None = None
    why: str = ""

    @property
    def intact(self) -> bool:
        """Whether the log is what was signed."""
        return self.first is None and not self.why


class Mismatch(Exception):
    """What was signed and what is there are not the same."""

    def __init__(self, sequence: int, why: str) -> None:
        super().__init__(why)
        self.sequence = sequence


@dataclass
class CheckpointCursor:
    """Checkpoints in order, and the place among them."""

    checkpoints: list[Checkpoint]
    pinned: dict[int, str] = field(default_factory=dict)
    _waiting: Iterator[Checkpoint] = field(init=False)
    _next: Checkpoint | None = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = iter(self.checkpoints)
        self._next = next(self._waiting, None)

    def check(self, sequence: int, leaf: bytes, chain: str) -> None:
        """Raises Differs where this fact is not the one that was signed."""
        present = self._next
        if present and present.leaf_prefix(sequence) != leaf[:LEAF_BYTES]:
            missing = leaf == MISSING
            raise Mismatch(sequence, "it is missing" if missing else "its bytes are not those that were audited")
        if present and present.sequence == sequence:
            if present.chain != chain:
                raise Mismatch(present.previous + 1, "the chain differs from here on")
            self._next = next(self._waiting, None)
        if self.pinned.get(sequence, chain) != chain:
            raise Mismatch(sequence, "the chain is not that of the checkpoint that was kept elsewhere")


async def verify_log(
    broker: Client, trusted_keys: TrustedKeys, on_progress: OnProgress, kept: Signed | None = None
) -> AuditResult:
    """Recompute the chain over the whole log. `kept`: a checkpoint that was kept elsewhere."""
    facts, audited, found = 0, 0, list[Checkpoint]()
    try:
        found = [checkpoint async for checkpoint in read_checkpoints(broker, trusted_keys)]
        audited = found[-1].sequence if found else 0
        pinned = verified_checkpoint(kept, trusted_keys) if kept else None
        checks = CheckpointCursor(found, {pinned.sequence: pinned.chain} if pinned else {})
        chain, last = HashChain(), (await broker.jetstream().stream_info("EVENTS")).state.last_seq
        async for message in read_stream(broker, "EVENTS"):
            sequence = message.metadata.sequence.stream
            for leaf in chain.extend(sequence, message.subject, message.data):
                checks.check(chain.sequence, leaf, chain.value)
            facts += 1
            if facts % REPORT_EVERY == 0:
                on_progress("facts", sequence, last)
        ends = max(audited, pinned.sequence if pinned else 0)
        if ends > chain.sequence:
            raise Mismatch(chain.sequence + 1, f"the log ends here, and was audited up to {ends}")
    except Mismatch as difference:
        return AuditResult(facts, len(found), audited, difference.sequence, str(difference))
    except UntrustedSignature as error:
        return AuditResult(facts, len(found), audited, None, str(error))
    return AuditResult(facts, len(found), audited)


async def read_checkpoints(broker: Client, trusted_keys: TrustedKeys) -> AsyncIterator[Checkpoint]:
    """Every checkpoint, its signature and its place behind the one before checked.

    Raises:
        Untrusted: one is forged, or one between is missing.
    """
    previous = 0
    async for message in read_stream(broker, STREAM):
        try:
            checkpoint = verified_checkpoint(Signed.model_validate_json(message.data), trusted_keys)
        except ValidationError as error:
            raise UntrustedSignature(f"checkpoint {message.metadata.sequence.stream} is none") from error
        if checkpoint.previous != previous:
            raise UntrustedSignature(f"a checkpoint is missing behind sequence {previous}")
        previous = checkpoint.sequence
        yield checkpoint


async def newest_checkpoint(broker: Client) -> Signed | None:
    """The last checkpoint, to be kept elsewhere."""
    last = None
    async for message in read_stream(broker, STREAM):
        last = message.data
    return Signed.model_validate_json(last) if last else None


def verified_checkpoint(signed: Signed, trusted_keys: TrustedKeys) -> Checkpoint:
    """A checkpoint whose signature fits. Raises Untrusted."""
    trusted_keys.check(signed, "audit", 0)
    return Checkpoint.model_validate_json(signed.text)
