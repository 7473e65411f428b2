"""Reads the latest fact about each post from the log."""

import logging
from collections.abc import Callable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.embeddings.projections import LatestFacts, apply_fact
from shared.log.events import DecodeError, decode
from shared.log.follower import Follower
from shared.log.streams import INDEX_POST

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 5.0  # how often a long reading reports its progress
_SUBJECTS = frozenset(fact.subject("").rstrip(".") for fact in INDEX_POST.facts)
# Called with a sentence about what is being done.
OnProgress = Callable[[str], None]


async def read_latest_facts(broker: Client, on_progress: OnProgress) -> tuple[LatestFacts, int]:
    """Return the latest facts, and the sequence up to which the log was read."""
    latest, last = LatestFacts(), await last_sequence(broker)

    async def apply(messages: Sequence[Msg]) -> None:
        for message in messages:
            if message.subject.rsplit(".", 1)[0] in _SUBJECTS:
                _fold(latest, message)

    follower = Follower(broker, "EVENTS", apply)
    follower.start(after=0)
    try:
        while last and not await follower.wait_for(last, PROGRESS_EVERY_S):
            on_progress(f"reading the log: {follower.last_applied} of {last}")
    finally:
        await follower.close()
    return latest, last


async def last_sequence(broker: Client) -> int:
    """Return the sequence of the last fact."""
    return (await broker.jetstream(timeout=2).stream_info("EVENTS")).state.last_seq


def _fold(latest: LatestFacts, message: Msg) -> None:
    try:
        apply_fact(latest, decode(message.data, message.metadata.sequence.stream, message.subject))
    except DecodeError:
        logger.warning("skipped a message that is not a fact", extra={"sequence": message.metadata.sequence.stream})
