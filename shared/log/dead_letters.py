"""Dead letters: messages that a handler could not process, stored in `DEAD_LETTERS` with reason and origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError
from pydantic import AfterValidator, BaseModel

from shared.log.append import EXPECTED
from shared.log.events.field_types import EntityId, Moment, Sequence, at_most

REASON, ORIGIN = "Ottit-Reason", "Ottit-Origin"
# The broker's error code for a subject that has a message already.
IS_THERE = 10071

LONGEST_REASON = 500


class _Origin(BaseModel):
    """The header `Ottit-Origin`."""

    consumer: EntityId
    sequence: Sequence
    subject: Annotated[str, AfterValidator(at_most(1000))]
    deliveries: Sequence = 0
    buried_at: Moment = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter. `number` is its sequence in `DEAD_LETTERS`, `sequence` that of the fact in `EVENTS`.

    `sequence` is 0 for a message that no handler wrote: it has no fact, and can only be dropped.
    """

    number: int
    service: str
    durable: str
    sequence: int
    subject: str
    reason: str
    deliveries: int
    written_at: datetime
    stored: bytes

    @property
    def handler(self) -> str:
        """The handler that could not process the message."""
        return self.durable.removeprefix(f"{self.service}-").replace("-", "_")

    @property
    def entity_id(self) -> str:
        """The entity id under which the log records how the dead letter was resolved."""
        return f"{self.durable}-{self.sequence}"


async def write_dead_letter(stream: JetStreamContext, service: str, message: Msg, reason: str) -> None:
    """Store a message as a dead letter: its bytes unchanged, its origin in the headers.

    The subject is the origin and takes one message, so that a crash before TERM leaves one dead letter, not two. Not a
    message id: every service that may write dead letters could use that id before, and hide this one.
    """
    origin = message.metadata
    headers = {
        EXPECTED: "0",
        REASON: printable(reason),
        ORIGIN: orjson.dumps(
            {
                "stream": origin.stream,
                "sequence": origin.sequence.stream,
                "consumer": origin.consumer,
                "subject": message.subject,
                "deliveries": origin.num_delivered,
                "buried_at": datetime.now(UTC).isoformat(),
            }
        ).decode(),
    }
    subject = f"dead.{service}.{origin.consumer}.{origin.sequence.stream}"
    try:
        await stream.publish(subject, message.data, stream="DEAD_LETTERS", headers=headers)
    except APIError as error:
        if error.err_code != IS_THERE:
            raise


def parse_dead_letter(number: int, subject: str, headers: Mapping[str, str], stored: bytes) -> DeadLetter:
    """Return the dead letter of any message in the stream, also of one that `write_dead_letter` did not write.

    The broker checks who writes on a subject, so headers that name another durable or fact do not count.
    """
    _, service, *named = subject.split(".") if "." in subject else ("dead", "unknown")
    try:
        origin = _Origin.model_validate_json(headers.get(ORIGIN, ""))
        reason = headers.get(REASON, "")
        if not _is_from(origin, service, named):
            raise ValueError("the headers name another origin than the subject")
    except ValueError:  # also pydantic's
        # The number keeps the letters apart in the log, where the operator's decision about each is recorded.
        origin = _Origin(consumer=f"unknown-{number}", sequence=0, subject=printable(subject))
        reason = "not written by a handler: its origin is unreadable"
    return DeadLetter(
        number=number,
        service=printable(service),
        durable=printable(origin.consumer),
        sequence=origin.sequence,
        subject=printable(origin.subject),
        reason=printable(reason),
        deliveries=origin.deliveries,
        written_at=origin.buried_at,
        stored=stored,
    )


def _is_from(origin: _Origin, service: str, named: list[str]) -> bool:
    """Return whether the subject names the same origin. Letters of earlier versions have no sequence in theirs."""
    words = [origin.consumer, str(origin.sequence)]
    return origin.consumer.startswith(f"{service}-") and named in (words, words[:1])


def printable(text: str) -> str:
    """Return a text that is safe in a header and on a terminal: one line of visible ASCII, at most 500 characters."""
    return "".join(character if " " <= character <= "~" else "?" for character in text[:LONGEST_REASON])
