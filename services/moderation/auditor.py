"""Folds the log into the audit chain and publishes signed checkpoints. Posts go on whatever it does."""

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

# A checkpoint of so many facts is 22 kB; while a long log is read for the first time, one comes every 0.1 s.
LARGEST = 2048
ACK_S = 5.0


class Auditor:
    """One replica's auditor. Replicas that audit beside it publish the same chain; whoever is first counts."""

    def __init__(self, broker: Client, key: SigningKey, every_s: float) -> None:
        self._stream = broker.jetstream(timeout=ACK_S)
        self._key = key
        self._every_s = every_s
        self._follower = Follower(broker, "EVENTS", self._take)
        self._chain = HashChain()
        self._published = 0  # the sequence of the last checkpoint
        self._place = 0  # where that stands in AUDIT
        self._leaves: list[bytes] = []  # behind it
        self._task: asyncio.Task[None] | None = None
        self._publishing = asyncio.Lock()
        self.failing: str | None = None  # why no checkpoint can be written, if so

    @property
    def state(self) -> str:
        """`ok`, or what is wrong."""
        return self.failing or self._follower.failing or "ok"

    async def start(self) -> None:
        """Go on behind the last checkpoint."""
        last = await self._last()
        if last:
            self._chain, self._published = HashChain(last.sequence, last.chain), last.sequence
        self._follower.start(after=self._published)
        self._task = asyncio.create_task(self._run(), name="audit")

    async def close(self) -> None:
        """Publish what was folded and stop. A second time has no effect."""
        await cancel_and_wait(self._task)
        await self._follower.close()
        await self._try_to_publish()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._try_to_publish()

    async def _take(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            sequence = message.metadata.sequence.stream
            if sequence > self._chain.sequence:
                self._leaves += self._chain.extend(sequence, message.subject, message.data)
        if len(self._leaves) >= LARGEST:
            # Not tried but done, else the follower waits: leaves without end would fit no message of the broker.
            await self._publish_in_turn()

    async def _try_to_publish(self) -> None:
        try:
            await self._publish_in_turn()
        except (BrokerError, OSError) as error:
            self.failing = f"no checkpoint: {type(error).__name__}"
            logger.warning("no checkpoint could be written", extra={"error": type(error).__name__})

    async def _publish_in_turn(self) -> None:
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
        headers = {"Nats-Expected-Last-Sequence": str(self._place)}
        try:
            ack = await self._stream.publish(SUBJECT, signed.model_dump_json().encode(), stream=STREAM, headers=headers)
        except APIError as error:
            if error.err_code not in CONFLICT_CODES:
                raise
            await self._join()
            return
        self._forget_up_to(checkpoint.sequence)
        self._place = ack.seq

    async def _join(self) -> None:
        """Another replica was faster: go on behind its checkpoint."""
        last = await self._last()
        if last and last.previous == self._published and last.sequence <= self._chain.sequence:
            ours = encode_leaf_prefixes(self._leaves[: last.sequence - last.previous])
            if ours != last.leaves:
                logger.error("the log reads differently for another auditor", extra={"sequence": last.sequence})
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
        self._place = stored.seq or 0
        return Checkpoint.model_validate_json(Signed.model_validate_json(stored.data or b"").text)
