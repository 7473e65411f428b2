"""Notices streams that have lost messages: compares each with a mark of how far it had grown.

The marks lie in another stream, the bucket `MARKS`, so damage to one file does not reach both. After a kill, the broker
cuts a damaged stream off at its next start, and says nothing: then the stream ends before its mark. After a clean stop
it still counts a damaged message: then fewer messages can be read than it counts.
"""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError
from nats.js.kv import KeyValue

from shared.log.integrity import stream_info
from shared.log.loss_table import loss_of, marked_streams, plain_name
from shared.log.lost_messages import unreadable_messages
from shared.log.stored_marks import (
    ACCEPTED,
    BROKER_ERRORS,
    BUCKET,
    FOUND,
    STREAM_MARKS,
    Mark,
    store_value,
    stored_marks,
    stored_value,
)
from shared.log.streams import BUCKETS, STREAMS
from shared.tasks import cancel_and_wait, start_background

logger = logging.getLogger(__name__)

# What was written in the last seconds before a kill may be cut off unnoticed.
MARK_EVERY_S = 2.0
# Reading every message takes a second for 20,000.
READ_EVERY_S = 3600.0
# Nothing deletes from these, and nothing in them expires, so their number of messages never falls.
ONLY_GROW = {"SIGNALS", "AUDIT", "KV_POLICIES"}
# Single messages are deleted from these, the last one, too.
DELETES = {"DEAD_LETTERS", "KV_ACCOUNTS", "KV_KEYS", "KV_SESSIONS"}
# The broker writes these a moment later than it acknowledges them, so the mark follows one step behind.
LATE = {str(one["name"]) for one in (*STREAMS, *BUCKETS) if one.get("persist_mode") == "async"}
REMEDY = (
    "What is left is safe. A backup made before has what is lost; if you can do without it, "
    "`ottit losses accept` ends this note."
)


class StreamMarks:
    """Compares streams with their marks and moves the marks on, every two seconds, from the start to a clean stop."""

    def __init__(self, broker: Client, names: list[str] | None = None) -> None:
        self._broker = broker
        self._names = marked_streams() if names is None else names
        self.marks: dict[str, Mark] = {}  # by stream
        self._late: dict[str, Mark] = {}
        self._found: dict[str, str] = {}  # sentences by stream, stored until the operator accepts them
        self._connections = -1
        self._task: asyncio.Task[None] | None = None

    @property
    def losses(self) -> dict[str, str]:
        """A sentence about each stream that has lost messages."""
        return self._found

    @property
    def finding(self) -> str:
        """The losses and what to do, for the operator; empty while there are none."""
        return f"{' '.join(self._found.values())} {REMEDY}" if self._found else ""

    async def start(self) -> None:
        """Compare once, before this process writes anything, then continue in the background."""
        await self._try(self.compare())
        self._task = start_background(self._repeat(), "stream marks")

    async def close(self) -> None:
        """Move the marks to the ends of the streams, and stop."""
        await cancel_and_wait(self._task)
        if self._task and self._broker.is_connected:
            await self._try(self.compare(late=False))

    async def compare(self, *, late: bool = True) -> None:
        """Compare every stream with its mark, and move the marks on.

        Raises:
            nats.errors.Error: the broker did not answer.
        """
        bucket, connections = await self._open(), self._broker.stats["reconnects"]
        before = dict(self.marks)
        lost: dict[str, str] = {}
        for name in self._names:
            now = await self._now(name)
            if now is None:
                continue
            if sentence := await self._difference(name, now, again=connections != self._connections):
                lost[name] = sentence
            # What is written late is safe at the next look.
            behind = self._late.get(name) if late and name in LATE else now
            self._late[name] = now
            self.marks[name] = now if sentence or behind is None else behind
        await self._report(bucket, lost)
        if self.marks != before:
            await store_value(bucket, STREAM_MARKS, self.marks)
        self._connections = connections

    async def read_all(self) -> None:
        """Read every message of every stream, and report those that cannot be read.

        Raises:
            nats.errors.Error: the broker did not answer.
        """
        bucket, lost = await self._open(), dict[str, str]()
        accepted = await stored_value(bucket, ACCEPTED)
        for name in self._names:
            count = await unreadable_messages(self._broker, name)
            if count > accepted.get(name, 0):
                lost[name] = f"{count} messages of {_named(name)} cannot be read."
        await self._report(bucket, lost)

    async def _open(self) -> KeyValue:
        bucket = await self._broker.jetstream().key_value(BUCKET)
        if self._connections == -1:
            self.marks = await stored_marks(bucket)
        self._found = await stored_value(bucket, FOUND)
        return bucket

    async def _now(self, name: str) -> Mark | None:
        try:
            info = await stream_info(self._broker, name)
        except APIError as error:
            logger.warning("a stream cannot be read", extra={"stream": name, "error": error.description})
            return None
        state = info["state"]
        return Mark(str(info["created"]), int(state["last_seq"]), str(state["last_ts"]), int(state["messages"]))

    async def _difference(self, name: str, now: Mark, *, again: bool) -> str:
        """Return what a stream has lost since its mark; empty if nothing. `again`: the broker may have restarted."""
        mark = self.marks.get(name)
        if mark is None:
            return ""
        if mark.created != now.created:
            return f"{_named(name)} was created again, without its {mark.messages} messages." if mark.messages else ""
        if now.last < mark.last:
            return f"{_named(name)} ends at message {now.last}, and had reached {mark.last}."
        fewer = mark.messages - now.messages
        if fewer > 0 and (name in ONLY_GROW or (again and await self._has_dropped(name, now))):
            return f"{fewer} messages of {_named(name)} are missing."
        if again and mark.last and await self._was_replaced(name, mark):
            return f"{_named(name)} was cut off before message {mark.last}, and has grown again."
        return ""

    async def _has_dropped(self, name: str, now: Mark) -> bool:
        """Return whether the broker has dropped messages at its start, of a stream that has fewer than before."""
        if name in DELETES:  # after a power cut it drops what it has not acknowledged, but then there are not fewer
            state = (await stream_info(self._broker, name, deleted_details=True))["state"]
            return bool(state.get("lost"))
        if not now.messages:  # all have expired
            return False
        try:
            await self._broker.jetstream().get_msg(name, seq=now.last)
        except NotFoundError:
            return True
        return False

    async def _was_replaced(self, name: str, mark: Mark) -> bool:
        """Return whether the message at the mark is another one than before."""
        try:
            stored = await self._broker.jetstream().get_msg(name, seq=mark.last)
        except NotFoundError:  # a later message of its subject has replaced it, or it was deleted or has expired
            return False
        return stored.time is not None and abs((stored.time - _time(mark.at)).total_seconds()) > 0.001

    async def _report(self, bucket: KeyValue, lost: dict[str, str]) -> None:
        new = {name: sentence for name, sentence in lost.items() if name not in self._found}
        for name, sentence in new.items():
            logger.error("messages are lost", extra={"stream": name, "finding": sentence})
        if new:
            self._found = self._found | new
            await store_value(bucket, FOUND, self._found)

    async def _repeat(self) -> None:
        loop, read_at, connections = asyncio.get_running_loop(), -READ_EVERY_S, -1
        while True:
            now = self._broker.stats["reconnects"]
            if now != connections or loop.time() - read_at >= READ_EVERY_S:
                if await self._try(self.compare()) and await self._try(self.read_all()):
                    connections, read_at = now, loop.time()
            else:
                await self._try(self.compare())
            await asyncio.sleep(MARK_EVERY_S)

    async def _try(self, work: Any) -> bool:
        try:
            await work
        except BROKER_ERRORS as error:
            logger.info("streams could not be compared with their marks", extra={"error": type(error).__name__})
            return False
        return True


def _named(name: str) -> str:
    return f"{plain_name(name)} ({loss_of(name).means})"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
