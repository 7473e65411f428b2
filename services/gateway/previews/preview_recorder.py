"""Records previews in the background, which never delays or affects a post."""

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
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.security.sealing import DataKey, DecryptionError

logger = logging.getLogger(__name__)

# A record takes well under a millisecond to write. More of them wait only in an overloaded process, which may drop
# them.
WAITING = 1000


class PreviewRecorder:
    """Publishes records without waiting for an acknowledgement. Drops them while the broker is unreachable."""

    def __init__(self, broker: Client, keys: DataKeyStore, experiment: ExperimentAssignment) -> None:
        self._broker = broker
        self._keys = keys
        self._experiment = experiment
        self._running: set[asyncio.Task[None]] = set()

    async def note(self, user_id: str, claims: Iterable[Preview | Draft]) -> None:
        """Record previews that a client reports, with the user's id and the time of arrival."""
        try:
            key = await self._keys.key_of(user_id)
        except (Erased, KeyLost, DecryptionError):
            return
        stamp = self._stamp(user_id)
        await self._publish([PreviewRecord(stamped=stamp, claimed=_keyed(claim, key)) for claim in claims])

    def note_submission(self, user_id: str, accepted: Accepted, content: Content, preview_id: str | None) -> None:
        """Record an accepted submission or edit in the background."""
        self._start(self._submission(user_id, accepted, content, preview_id))

    def note_check(self, user_id: str, check: DryRun) -> None:
        """Record a dry run in the background."""
        self._start(self._publish([PreviewRecord(stamped=self._stamp(user_id), observed=check)]))

    async def close(self) -> None:
        """Finish the records being written."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _submission(self, user_id: str, accepted: Accepted, content: Content, preview_id: str | None) -> None:
        try:
            key = await self._keys.key_of(user_id)
        except (Erased, KeyLost, DecryptionError, BrokerError):
            return
        salted = salted_hash(preview_id, content) if preview_id else None
        observed = Submission(
            post_id=accepted.id,
            revision=accepted.revision,
            sequence=accepted.sequence,
            preview_id=preview_id,
            content_hash=key.content_hash(salted.encode()) if salted else None,
        )
        await self._publish([PreviewRecord(stamped=self._stamp(user_id), observed=observed)])

    async def _publish(self, records: list[PreviewRecord]) -> None:
        if self._experiment.mode == "server_only" and any(record.claimed for record in records):
            return
        try:
            for record in records:
                if not self._broker.is_connected:  # the client's reconnect buffer is for facts
                    return
                await self._broker.publish(record.subject, record.encode())
        except BrokerError as error:
            logger.debug("previews were not recorded", extra={"error": type(error).__name__})

    def _start(self, work: Coroutine[None, None, None]) -> None:
        if len(self._running) >= WAITING:
            work.close()
            return
        task = asyncio.create_task(work, name="note-preview")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _stamp(self, user_id: str) -> Stamp:
        return Stamp(person_id=user_id, at=datetime.now(UTC), arm=self._experiment.arm_of(user_id))


def _keyed(claim: Preview | Draft, key: DataKey) -> Preview | Draft:
    if isinstance(claim, Draft):
        return claim
    return claim.model_copy(update={"content_hash": key.content_hash(claim.content_hash.encode())})
