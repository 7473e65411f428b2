"""Compares the log with its checkpoints, then folds new facts into the audit chain and signs checkpoints.

Its failures do not stop moderation; facts that are lost or changed stop all writes (`shared/log/integrity.py`).
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, NotFoundError

from shared.audit.checkpoints import parse_checkpoint, read_checkpoints
from shared.audit.verification import verify_log
from shared.log.append import CONFLICT_CODES
from shared.log.audit_chain import STREAM, SUBJECT, Checkpoint, HashChain, encode_leaf_prefixes
from shared.log.follower import Follower
from shared.log.integrity import LogIntegrity, stream_info
from shared.log.losses import as_ranges, losses_of
from shared.policy.signing import SigningKey, TrustedKeys
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)

# A checkpoint of this many facts is 22 kB; while a long log is read for the first time, one follows every 0.1 s.
MAX_LEAVES = 2048
ACK_TIMEOUT_S = 5.0
# Facts are signed this long after the last one, or after `every_s` while more of them arrive.
QUIET_S, POLL_S, RETRY_S = 1.0, 0.25, 1.0
# At a stop, time for the last facts of other services to arrive.
LAST_FACTS_S = 1.0
COMPARING = "comparing the log with its checkpoints"


class AuditCheckpointPublisher:
    """The auditor of one replica. All replicas build the same chain, and the first to publish a checkpoint wins."""

    def __init__(
        self,
        broker: Client,
        key: SigningKey,
        every_s: float,
        *,
        trusted_keys: TrustedKeys | None = None,
        integrity: LogIntegrity | None = None,
    ) -> None:
        """`trusted_keys`: of all auditors so far; None: signatures are not checked."""
        self._broker = broker
        self._stream = broker.jetstream(timeout=ACK_TIMEOUT_S)
        self._key = key
        self._trusted_keys = trusted_keys
        self._every_s = every_s
        self._integrity = integrity or LogIntegrity(broker)
        self.follower = Follower(broker, "EVENTS", self._fold)
        self._chain = HashChain()
        self._accepted: frozenset[int] = frozenset()
        self._published = 0  # the sequence of the last checkpoint
        self._last_audit_sequence = 0  # its sequence in the stream AUDIT
        self._leaves: list[bytes] = []  # since the last checkpoint
        self._first_leaf_at = self._last_leaf_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._publishing = asyncio.Lock()
        self._unproven = ""  # a sentence about checkpoints that prove nothing
        self.compared = asyncio.Event()  # set once the log was compared with its checkpoints
        self.damage = ""  # how the log differs from what was signed
        self.failing: str | None = None  # the reason, if no checkpoint can be written

    @property
    def state(self) -> str:
        """`ok`, or what is wrong, for the health report."""
        if not self.compared.is_set():
            return self.failing or COMPARING
        return self.damage or self.failing or self.follower.failing or self._unproven or "ok"

    async def start(self) -> None:
        """Compare the log with its checkpoints in the background, then continue after the last one."""
        self._task = asyncio.create_task(self._run(), name="audit")

    async def close(self) -> None:
        """Publish the last checkpoint and stop. A second call has no effect."""
        await cancel_and_wait(self._task)
        if self._task and self.compared.is_set() and not self.damage:
            await self._wait_for_last_facts()
        await self.follower.close()
        await self._try_to_publish()
        self._task = None

    async def _run(self) -> None:
        while True:
            connections = self._broker.stats["reconnects"]
            await self._compare_until_done()
            if not self.damage:
                self.follower.start(after=self._published)
            while self._broker.stats["reconnects"] == connections:
                await asyncio.sleep(min(POLL_S, self._every_s))
                if self._is_due():
                    await self._try_to_publish()
            # Files may have been damaged while the broker was stopped.
            await self.follower.close()

    async def _compare_until_done(self) -> None:
        while True:
            try:
                await self._compare()
            except (BrokerError, OSError) as error:
                self.failing = f"the log cannot be compared with its checkpoints: {type(error).__name__}"
                logger.warning("the log cannot be compared yet", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_S)
            else:
                self.compared.set()
                return

    async def _compare(self) -> None:
        stored = await read_checkpoints(self._broker, self._trusted_keys)
        if not stored.exists:  # provisioning creates it
            raise NotFoundError(description=stored.problems[0])
        result = await verify_log(self._broker, self._trusted_keys, _ignore_progress, stored=stored)
        info = await stream_info(self._broker, "EVENTS")
        self._accepted, self.failing = losses_of(info["config"]), None
        findings = result.log_findings
        if stored.problems and not stored.valid:
            findings = [*findings, "No checkpoint can be trusted, so it may have lost facts.", *stored.problems]
        newest = stored.newest
        self._chain = HashChain(newest.sequence, newest.chain) if newest else HashChain()
        self._published, self._leaves, self._last_audit_sequence = self._chain.sequence, [], stored.last
        self._unproven = " ".join([*stored.problems[:3], "See `ottit audit verify`."]) if stored.problems else ""
        if not newest and info["state"]["messages"] and not findings:
            self._unproven = "the log had no checkpoint, so it was not compared; the first one is being signed"
        if findings:
            await self._report(" ".join(["The log is damaged:", *findings]))

    async def _report(self, finding: str) -> None:
        self.damage = finding
        await self._integrity.report("moderation", finding)

    async def _fold(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            sequence = message.metadata.sequence.stream
            if self.damage:
                return  # nothing is signed that differs from what was signed before
            lost = set(range(self._chain.sequence + 1, sequence)) - self._accepted
            if lost:
                await self._report(f"The log is damaged: {as_ranges(lost)} missing.")
            elif sequence > self._chain.sequence:
                self._last_leaf_at = asyncio.get_running_loop().time()
                self._first_leaf_at = self._first_leaf_at if self._leaves else self._last_leaf_at
                self._leaves += self._chain.extend(sequence, message.subject, message.data)
        if len(self._leaves) >= MAX_LEAVES:
            # A failure stops the follower, which retries: with more leaves a checkpoint would not fit into a message.
            await self._publish_exclusively()

    def _is_due(self) -> bool:
        now = asyncio.get_running_loop().time()
        quiet = now - self._last_leaf_at >= min(QUIET_S, self._every_s)
        return bool(self._leaves) and (quiet or now - self._first_leaf_at >= self._every_s)

    async def _wait_for_last_facts(self) -> None:
        try:
            last = int((await stream_info(self._broker, "EVENTS"))["state"]["last_seq"])
        except (BrokerError, OSError):
            return
        await self.follower.wait_for(last, LAST_FACTS_S)

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
        if not self._leaves or self.damage:
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
                first, end = last.previous + 1, last.sequence
                await self._report(f"The log is damaged: another auditor has read other facts from {first} to {end}.")
                return
        if last and last.sequence > self._chain.sequence:
            self._chain, self._leaves, self._published = HashChain(last.sequence, last.chain), [], last.sequence
        elif last:
            self._forget_up_to(last.sequence)

    def _forget_up_to(self, sequence: int) -> None:
        del self._leaves[: max(0, sequence - self._published)]
        self._published = max(self._published, sequence)

    async def _last(self) -> Checkpoint | None:
        try:
            stored = await self._stream.get_last_msg(STREAM, SUBJECT, direct=False)
        except NotFoundError:
            self._last_audit_sequence = 0
            return None
        self._last_audit_sequence = stored.seq or 0
        try:
            return parse_checkpoint(stored.data or b"", self._trusted_keys)
        except ValueError:  # the next comparison reports it
            return None


def _ignore_progress(what: str, done: int, of: int) -> None:
    """A service shows no progress."""
