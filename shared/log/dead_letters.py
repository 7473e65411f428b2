"""What could not be processed: written to `DEAD_LETTERS` with reason and origin before the message is dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext

REASON, ORIGIN = "Ottit-Reason", "Ottit-Origin"


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter. `number` is its place in `DEAD_LETTERS`, `sequence` that of the fact in `EVENTS`."""

    number: int
    service: str
    durable: str
    sequence: int
    subject: str
    reason: str
    deliveries: int
    buried_at: datetime
    stored: bytes

    @property
    def handler(self) -> str:
        """The handler that gave it up."""
        return self.durable.removeprefix(f"{self.service}-").replace("-", "_")

    @property
    def entity_id(self) -> str:
        """Under what the log keeps what became of it."""
        return f"{self.durable}-{self.sequence}"


async def write_dead_letter(stream: JetStreamContext, service: str, message: Msg, reason: str) -> None:
    """Write the dead letter: the message's bytes unchanged, and where it came from in the headers.

    The id is the origin, so that a crash between this and TERM leaves one dead letter, not two.
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
    """The letter of a stored message.

    Raises:
        KeyError, ValueError: it was not written by `write_dead_letter`.
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
        buried_at=datetime.fromisoformat(origin["buried_at"]),
        stored=stored,
    )
