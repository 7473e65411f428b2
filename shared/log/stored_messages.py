"""Reads the messages of a stream in batches, by requests that create nothing at the broker."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as BrokerTimeout

# Large enough that a view's transaction costs little per event, small enough to serve requests in between.
BATCH = 512
# A batch ends before it is larger than this, so that a follower's memory stays small.
BATCH_BYTES = 4 * 1024 * 1024
# A broker that sends nothing for this long in the middle of a batch is unavailable.
MESSAGE_TIMEOUT_S = 10.0
# How often a reader that waits looks for a new connection: what was asked on the old one is not answered any more.
LOOK_S = 0.5
OF_THE_BROKER = ("Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending")
END, NONE, NO_STREAM = "204", "404", "503"


@dataclass(frozen=True)
class Batch:
    """Consecutive messages of a stream. `waiting`: how many more there are."""

    messages: tuple[Msg, ...] = ()
    waiting: int = 0


class _Arriving:
    """The replies to one request."""

    def __init__(self) -> None:
        self.messages: list[Msg] = []
        self.waiting = 0
        self.ended = asyncio.Event()
        self.problem: Exception | None = None

    async def take(self, message: Msg) -> None:
        headers = message.headers or {}
        # A stored message may have a header of any name, but the broker's own come last and count.
        if "Nats-Sequence" in headers:
            self.messages.append(as_stored(message))
            return
        status = headers.get("Status")
        if status == NO_STREAM:
            self.problem = NoRespondersError()
        elif status not in {END, NONE}:
            self.problem = BrokerError(f"{status} {headers.get('Description', '')}")
        self.waiting = int(headers.get("Nats-Num-Pending", 0))
        self.ended.set()


async def read_batch(broker: Client, stream: str, after: int, subject: str = "", limit: int = BATCH) -> Batch:
    """Return the next messages after a sequence that match a pattern; empty: any subject.

    One of the stream's nodes answers, which may not know the newest messages yet.

    Raises:
        nats.errors.NoRespondersError: there is no such stream.
        nats.errors.TimeoutError: the broker does not answer, or the connection was lost meanwhile.
        nats.errors.Error: the broker refused the request.
    """
    arriving = _Arriving()
    inbox = broker.new_inbox()
    query = {"seq": after + 1, "batch": limit, "max_bytes": BATCH_BYTES, "next_by_subj": subject or ">"}
    subscription = await broker.subscribe(inbox, cb=arriving.take, pending_msgs_limit=-1, pending_bytes_limit=-1)
    connections = broker.stats["reconnects"]
    try:
        await broker.publish(f"$JS.API.DIRECT.GET.{stream}", orjson.dumps(query), reply=inbox)
        waited, received = 0.0, 0
        while not arriving.ended.is_set():
            try:
                # Not `asyncio.wait_for`, which loses a cancellation that comes with the answer (see `shared/tasks.py`).
                async with asyncio.timeout(LOOK_S):
                    await arriving.ended.wait()
            except TimeoutError:
                waited = 0.0 if len(arriving.messages) > received else waited + LOOK_S
                received = len(arriving.messages)
                if waited >= MESSAGE_TIMEOUT_S or broker.stats["reconnects"] != connections:
                    raise BrokerTimeout from None
    finally:
        if broker.is_connected:
            await subscription.unsubscribe()
    if arriving.problem:
        raise arriving.problem
    return Batch(tuple(arriving.messages), arriving.waiting)


def as_stored(reply: Msg) -> Msg:
    """Return the stored message that a reply carries, with its own subject, headers and place in the stream."""
    headers = dict(reply.headers or {})
    stream, subject, sequence, at, waiting = (headers.pop(name, "") for name in OF_THE_BROKER)
    headers.pop("Nats-Last-Sequence", None)
    message = Msg(_client=reply._client, subject=subject, data=reply.data, headers=headers or None)
    message._metadata = Msg.Metadata(
        sequence=Msg.Metadata.SequencePair(consumer=0, stream=int(sequence)),
        num_pending=int(waiting or 0),
        num_delivered=1,
        timestamp=datetime.fromisoformat(at),
        stream=stream,
        consumer="",
    )
    return message
