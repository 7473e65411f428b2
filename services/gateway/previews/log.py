"""Writing records of previews: beside the way of a post, never in it."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.gateway.posts.schemas import Accepted
from services.gateway.previews.experiment_assignment import ExperimentAssignment
from shared.content import Content
from shared.log.preview_records import Draft, DryRun, Preview, PreviewRecord, Stamp, Submission, salted_hash
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import DataKey

logger = logging.getLogger(__name__)

# A record is written in well under a millisecond: more of them wait only when the process is drowning, and then they
# are what it can do without.
WAITING = 1000


class PreviewLog:
    """Publishes without waiting for an answer. While the broker is away, or in mode `server_only`, nothing is kept."""

    def __init__(self, broker: Client, keys: DataKeyStore, arms: ExperimentAssignment) -> None:
        self._broker = broker
        self._keys = keys
        self._arms = arms
        self._running: set[asyncio.Task[None]] = set()

    async def note(self, person_id: str, claims: Iterable[Preview | Draft]) -> None:
        """Keep what a client says, under the person's name and the time of its arrival."""
        try:
            key = await self._keys.key_of(person_id)
        except Erased:
            return
        stamp = self._stamp(person_id)
        await self._publish([PreviewRecord(stamped=stamp, claimed=_keyed(claim, key)) for claim in claims])

    def note_submission(self, person_id: str, accepted: Accepted, content: Content, preview_id: str | None) -> None:
        """Keep that this text was accepted, in the background: a submission is answered before."""
        self._start(self._submission(person_id, accepted, content, preview_id))

    def note_check(self, person_id: str, check: DryRun) -> None:
        """Keep that a dry run was made, in the background."""
        self._start(self._publish([PreviewRecord(stamped=self._stamp(person_id), observed=check)]))

    async def close(self) -> None:
        """Finish what is being written."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _submission(self, person_id: str, accepted: Accepted, content: Content, preview_id: str | None) -> None:
        try:
            key = await self._keys.key_of(person_id)
        except (Erased, BrokerError):
            return
        salted = salted_hash(preview_id, content) if preview_id else None
        observed = Submission(
            post_id=accepted.id,
            revision=accepted.revision,
            sequence=accepted.sequence,
            preview_id=preview_id,
            content_hash=key.content_hash(salted.encode()) if salted else None,
        )
        await self._publish([PreviewRecord(stamped=self._stamp(person_id), observed=observed)])

    async def _publish(self, records: list[PreviewRecord]) -> None:
        if self._arms.mode == "server_only" and any(record.claimed for record in records):
            return
        try:
            for record in records:
                if not self._broker.is_connected:  # the buffer for later is for what matters
                    return
                await self._broker.publish(record.subject, record.encode())
        except BrokerError as error:
            logger.debug("previews were not kept", extra={"error": type(error).__name__})

    def _start(self, work: Coroutine[None, None, None]) -> None:
        if len(self._running) >= WAITING:
            work.close()
            return
        task = asyncio.create_task(work, name="note-preview")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _stamp(self, person_id: str) -> Stamp:
        return Stamp(person_id=person_id, at=datetime.now(UTC), arm=self._arms.arm_of(person_id))


def _keyed(claim: Preview | Draft, key: DataKey) -> Preview | Draft:
    if isinstance(claim, Draft):
        return claim
    return claim.model_copy(update={"content_hash": key.content_hash(claim.content_hash.encode())})
