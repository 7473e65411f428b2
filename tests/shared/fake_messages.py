"""A broker's message and stream in memory, which note what is done to them."""

from dataclasses import dataclass, field
from typing import Any, cast

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from shared.log.events import Event


@dataclass
class Place:
    """The place of a message in its stream and in its consumer."""

    stream: int = 17
    consumer: int = 3


@dataclass
class FakeMetadata:
    """The metadata of a delivered message."""

    num_delivered: int = 1
    stream: str = "EVENTS"
    consumer: str = "moderation-decide-post"
    sequence: Place = field(default_factory=Place)


@dataclass
class FakeMessage:
    """A delivered message. `calls`: its acknowledgements, in order."""

    data: bytes = b"stored"
    subject: str = "events.post.submitted.post-1"
    metadata: FakeMetadata = field(default_factory=FakeMetadata)
    calls: list[tuple[str, object]] = field(default_factory=list)

    @classmethod
    def of(cls, event: Event, delivered: int = 1) -> "FakeMessage":
        """Return the delivery of a fact."""
        return cls(event.encode(), event.subject, FakeMetadata(num_delivered=delivered))

    @property
    def as_message(self) -> Msg:
        """The message, as the broker's client types it."""
        return cast(Msg, self)

    async def ack(self) -> None:
        """Note an ack."""
        self.calls.append(("ack", None))

    async def nak(self, delay: float | None = None) -> None:
        """Note a nak with its delay."""
        self.calls.append(("nak", delay))

    async def term(self) -> None:
        """Note a term."""
        self.calls.append(("term", None))

    async def in_progress(self) -> None:
        """Note a sign of progress."""
        self.calls.append(("in progress", None))


@dataclass
class FakeStream:
    """Keeps what is published, or refuses it with an error, and stored messages by sequence."""

    refuses: APIError | None = None
    published: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[int, RawStreamMsg] = field(default_factory=dict)

    @property
    def as_stream(self) -> JetStreamContext:
        """The stream, as the broker's client types it."""
        return cast(JetStreamContext, self)

    async def publish(self, subject: str, payload: bytes, *, stream: str, headers: dict[str, str]) -> None:
        """Keep a message."""
        if self.refuses:
            raise self.refuses
        self.published.append({"subject": subject, "payload": payload, "stream": stream, "headers": headers})

    async def get_msg(self, stream: str, *, seq: int) -> RawStreamMsg:
        """Return the message at a sequence of EVENTS."""
        if stream != "EVENTS" or seq not in self.stored:
            raise NotFoundError
        return self.stored[seq]
