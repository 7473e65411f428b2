"""Compares every fact of the log with the signed checkpoints."""

from collections.abc import Callable
from contextlib import aclosing

from nats.aio.client import Client
from nats.js.errors import APIError

from shared.audit.checkpoints import StoredCheckpoints, read_checkpoints
from shared.audit.findings import AuditResult
from shared.log.audit_chain import LEAF_BYTES, MISSING, Checkpoint, HashChain
from shared.log.integrity import stream_info
from shared.log.losses import losses_of
from shared.log.read_to_end import read_to_end
from shared.policy.signing import TrustedKeys

OnProgress = Callable[[str, int, int], None]
# Facts between two progress reports.
REPORT_EVERY = 1000


class Comparison:
    """Walks the checkpoints beside the facts, and notes what differs. `accepted`: losses that the operator accepted."""

    def __init__(self, checkpoints: list[Checkpoint], accepted: frozenset[int], result: AuditResult) -> None:
        self._checkpoints = checkpoints
        self._accepted = accepted
        self._result = result
        self._next = 0  # the first checkpoint that is not behind the facts
        self._differs = False  # since the last checkpoint
        self.chain = HashChain()

    def take(self, sequence: int, subject: str, stored: bytes) -> None:
        """Compare the next fact, and note the sequences before it that have none."""
        for leaf in self.chain.extend(sequence, subject, stored):
            self._compare(self.chain.sequence, leaf)

    def finish(self, last: int) -> None:
        """Note what is missing after the last fact, up to the end that the broker reports or that was signed."""
        for sequence in range(self.chain.sequence + 1, last + 1):
            self._note_missing(sequence)

    def _compare(self, sequence: int, leaf: bytes) -> None:
        checkpoint = self._checkpoints[self._next] if self._next < len(self._checkpoints) else None
        covered = checkpoint is not None and sequence > checkpoint.previous
        if checkpoint and covered and checkpoint.leaf_prefix(sequence) != leaf[:LEAF_BYTES]:
            self._differs = True
            if leaf == MISSING:
                self._note_missing(sequence)
            else:
                self._result.changed.append(sequence)
        elif leaf == MISSING and not covered:
            self._note_missing(sequence)
        if checkpoint and sequence == checkpoint.sequence:
            self._end_checkpoint(checkpoint)

    def _end_checkpoint(self, checkpoint: Checkpoint) -> None:
        if checkpoint.chain != self.chain.value:
            if not self._differs:
                first, last = checkpoint.previous + 1, checkpoint.sequence
                self._result.other.append(f"The chain differs between sequence {first} and {last}.")
            # Later facts are compared on their own.
            self.chain = HashChain(checkpoint.sequence, checkpoint.chain)
        self._next, self._differs = self._next + 1, False

    def _note_missing(self, sequence: int) -> None:
        if sequence not in self._accepted:
            self._result.missing.append(sequence)


async def verify_log(
    broker: Client,
    trusted_keys: TrustedKeys | None,
    on_progress: OnProgress,
    *,
    pinned: Checkpoint | None = None,
    stored: StoredCheckpoints | None = None,
) -> AuditResult:
    """Recompute the hash chain over the whole log.

    `pinned`: a checkpoint that was stored elsewhere. `stored`: the checkpoints, if they have been read; then the log is
    compared up to the last of them only.
    """
    only_signed = stored is not None
    stored = stored or await read_checkpoints(broker, trusted_keys)
    audited = stored.newest.sequence if stored.newest else 0
    result = AuditResult(checkpoints=len(stored.valid), audited=audited, checkpoint_problems=list(stored.problems))
    try:
        info = await stream_info(broker, "EVENTS")
    except APIError as error:
        result.other.append(f"The log (stream EVENTS) cannot be read: {error.description}.")
        return result
    last = audited if only_signed else int(info["state"]["last_seq"])
    comparison = Comparison(stored.valid, losses_of(info["config"]), result)
    async with aclosing(read_to_end(broker, "EVENTS")) as messages:
        async for message in messages:
            sequence = message.metadata.sequence.stream
            if only_signed and sequence > last:
                break
            comparison.take(sequence, message.subject, message.data)
            result.facts += 1
            if result.facts % REPORT_EVERY == 0:
                on_progress("facts", sequence, last)
            if pinned and sequence == pinned.sequence and comparison.chain.value != pinned.chain:
                result.other.append(f"The chain at sequence {sequence} differs from the checkpoint given with --with.")
    comparison.finish(max(last, audited, pinned.sequence if pinned else 0))
    return result
