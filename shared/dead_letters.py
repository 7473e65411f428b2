"""What could not be processed: written to `DEAD_LETTERS` with reason and origin before the message is dropped."""

from datetime import UTC, datetime

import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext


async def bury(stream: JetStreamContext, service: str, message: Msg, reason: str) -> None:
    """Write the dead letter: the message's bytes unchanged, and where it came from in the headers.

    The id is the origin, so that a crash between this and TERM leaves one dead letter, not two.
    """
    origin = message.metadata
    headers = {
        "Nats-Msg-Id": f"{origin.consumer}:{origin.sequence.stream}",
        "Ottit-Reason": reason,
        "Ottit-Origin": orjson.dumps(
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
