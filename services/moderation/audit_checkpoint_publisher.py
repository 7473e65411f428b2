"""Folds the log into the audit chain and publishes signed checkpoints. Its failures do not stop moderation."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, NotFoundError

from shared.log.append import CONFLICT_CODES
from shared.log.audit_chain import STREAM, SUBJECT, Checkpoint, HashChain, encode_leaf_prefixes
from shared.log.follower import Follower
from shared.policy.signing import Signed, SigningKey
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# A checkpoint of this many facts is 22 kB; while a long log is read for the first time, one follows every 0.1 s.
MAX_LEAVES = 2048
ACK_TIMEOUT_S = 5.0


class AuditCheckpointPublisher:
    """The auditor of one replica. All replicas build the same chain, and the first to publish a checkpoint wins."""

    def __init__(self, broker: Client, key: SigningKey, every_s: float) -> None:
        self._stream = broker.jetstream(timeout=ACK_TIMEOUT_S)
        self._key = key
        self._every_s = every_s
        self.follower = Follower(broker, "EVENTS", self._fold)
        self._chain = HashChain()
        self._published = 0  # the sequence of the last checkpoint
        self._last_audit_sequence = 0  # its sequence in the stream AUDIT
        self._leaves: list[bytes] = []  # since the last checkpoint
        self._task: asyncio.Task[None] | None = None
        self._publishing = asyncio.Lock()
        self.failing: str | None = None  # the reason, if no checkpoint can be written

    @property
    def state(self) -> str:
        """`ok`, or what is wrong, for the health report."""
        return self.failing or self.follower.failing or "ok"

    async def start(self) -> None:
        """Continue after the last checkpoint."""
        last = await self._last()
        if last:
            self._chain, self._published = HashChain(last.sequence, last.chain), last.sequence
        self.follower.start(after=self._published)
        self._task = asyncio.create_task(self._run(), name="audit")

    async def close(self) -> None:
        """Publish the last checkpoint and stop. A second call has no effect."""
        await cancel_and_wait(self._task)
        await self.follower.close()
        await self._try_to_publish()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._try_to_publish()

    async def _fold(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            sequence = message.metadata.sequence.stream
            if sequence > self._chain.sequence:
                self._leaves += self._chain.extend(sequence, message.subject, message.data)
        if len(self._leaves) >= MAX_LEAVES:
            # A failure stops the follower, which retries: with more leaves a checkpoint would not fit into a message.
            await self._publish_exclusively()

    async def _try_to_publish(self) -> None:
        try:
            await self._publish_exclusively()
        except (BrokerError, OSError) as error:
            self.failing = f"no checkpoint: {type(error).__name__}"
            logger.warning("no checkpoint could be written", extra={"error": type(error).__name__})

    async def _publish_exclusively(self) -> None:
        async with self._publishing:
            await self._publish()
        self.failing = None

    async def _publish(self) -> None:
        if not self._leaves:
            return
        leaves, chain = list(self._leaves), self._chain
        checkpoint = Checkpoint(
            sequence=chain.sequence,
            chain=chain.value,
            previous=self._published,
            leaves=encode_leaf_prefixes(leaves),
            at=datetime.now(UTC),
        )
        signed = self._key.sign(checkpoint.model_dump_json())
        headers = {"Nats-Expected-Last-Sequence": str(self._last_audit_sequence)}
        try:
            ack = await self._stream.publish(SUBJECT, signed.model_dump_json().encode(), stream=STREAM, headers=headers)
        except APIError as error:
            if error.err_code not in CONFLICT_CODES:
                raise
            await self._adopt_other_checkpoint()
            return
        self._forget_up_to(checkpoint.sequence)
        self._last_audit_sequence = ack.seq

    async def _adopt_other_checkpoint(self) -> None:
        """Continue after the checkpoint of another replica, which was faster."""
        last = await self._last()
        if last and last.previous == self._published and last.sequence <= self._chain.sequence:
            ours = encode_leaf_prefixes(self._leaves[: last.sequence - last.previous])
            if ours != last.leaves:
                logger.error("another auditor has read a different log", extra={"sequence": last.sequence})
        if last and last.sequence > self._chain.sequence:
            self._chain, self._leaves, self._published = HashChain(last.sequence, last.chain), [], last.sequence
        elif last:
            self._forget_up_to(last.sequence)

    def _forget_up_to(self, sequence: int) -> None:
        del self._leaves[: sequence - self._published]
        self._published = sequence

    async def _last(self) -> Checkpoint | None:
        try:
            stored = await self._stream.get_last_msg(STREAM, SUBJECT, direct=False)
        except NotFoundError:
            return None
        self._last_audit_sequence = stored.seq or 0
        return Checkpoint.model_validate_json(Signed.model_validate_json(stored.data or b"").text)
