"""Dead letters: messages that a handler could not process, stored in `DEAD_LETTERS` with reason and origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext

REASON, ORIGIN = "Ottit-Reason", "Ottit-Origin"


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter. `number` is its sequence in `DEAD_LETTERS`, `sequence` that of the fact in `EVENTS`."""

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

    The message id is the origin, so that a crash before TERM leaves one dead letter, not two.
    """
    origin = message.metadata
    headers = {
        "Nats-Msg-Id": f"{origin.consumer}:{origin.sequence.stream}",
        REASON: reason,
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
    await stream.publish(f"dead.{service}.{origin.consumer}", message.data, stream="DEAD_LETTERS", headers=headers)


def parse_dead_letter(number: int, subject: str, headers: Mapping[str, str], stored: bytes) -> DeadLetter:
    """Return the dead letter of a stored message.

    Raises:
        KeyError, ValueError: `write_dead_letter` did not write the message.
    """
    origin = orjson.loads(headers[ORIGIN])
    return DeadLetter(
        number=number,
        service=subject.split(".")[1],
        durable=origin["consumer"],
        sequence=origin["sequence"],
        subject=origin["subject"],
        reason=headers[REASON],
        deliveries=origin["deliveries"],
        written_at=datetime.fromisoformat(origin["buried_at"]),
        stored=stored,
    )
