"""Compares the log at the broker with what was signed or read before, and refuses writes to a log that has lost facts.

Nothing deletes a fact (`deny_delete`, `deny_purge`), so a sequence without a message is a lost fact, and so is an end
before a sequence that a checkpoint was signed for or that a view has folded. The checks here read no facts and cost two
requests; moderation also compares every fact with the checkpoints (`shared/log/audit_verification.py`).
"""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, NotFoundError

from shared.log.audit_chain import STREAM as AUDIT
from shared.log.audit_chain import SUBJECT as CHECKPOINT
from shared.log.audit_chain import unverified_sequence
from shared.log.losses import as_ranges, losses_of
from shared.problems import Unavailable
from shared.telemetry.printable import one_line

logger = logging.getLogger(__name__)

# Each service that looks for damage reports a finding to the others under its own name, and cannot hide another's.
ALARMS = "ALARMS"
REPORTERS = ("gateway", "moderation")
LONGEST_ALARM = 2000
# A finding of another service stops the writes of this one after this time.
CHECK_EVERY_S = 2.0
REQUEST_TIMEOUT_S = 5.0
# Clocks of machines that synchronise differ by less; one that has jumped by more confuses people and time limits.
MAX_CLOCK_DIFFERENCE_S = 60.0
# The broker's error codes for a stream that does not exist, and for one that it has stopped.
UNREADABLE = {10059, 10194}
REMEDY = (
    "No fact can be written. Stop Ottit and restore the newest backup (`ottit restore`); "
    "`ottit audit verify` names what differs."
)


class LogDamaged(Unavailable):
    """The log has lost or changed facts, so nothing may be appended to it."""

    code = "log_damaged"

    def __init__(self, finding: str) -> None:
        super().__init__(f"{finding} {REMEDY}", self.code)
        self.finding = finding


class LogIntegrity:
    """The integrity of the log as one process sees it. The result of a check counts for a short time."""

    def __init__(self, broker: Client) -> None:
        self._broker = broker
        self._own = ""  # what this process has found by reading the log
        self._service = ""
        self._told = False  # the other services can read it
        self._finding = ""
        self._last = 0  # the highest end of the log that this process has seen
        self._checked_at = 0.0
        self._connections = -1  # the number of reconnections at the last check
        self._checking = asyncio.Lock()
        self.clock = "ok"  # `ok`, or how this machine's clock differs from the log's

    async def finding(self) -> str:
        """Return what is wrong with the log; empty if nothing is. Reads it from the broker when the last result is old.

        Raises:
            nats.errors.Error: the broker did not answer.
        """
        async with self._checking:
            if not self._is_fresh():
                connections = self._reconnects()
                self._finding = await self._check()
                self._connections = connections
                self._checked_at = asyncio.get_running_loop().time()
        return self._own or self._finding

    async def state(self) -> str:
        """Return `ok`, or what is wrong with the log and what to do, for a health report. Raises like `finding`."""
        finding = await self.finding()
        return f"{finding} {REMEDY}" if finding else "ok"

    async def require_intact(self) -> None:
        """Return if facts may be appended.

        Raises:
            LogDamaged: the log has lost facts.
            nats.errors.Error: the broker did not answer, and the log was not checked since it was last connected.
        """
        try:
            finding = await self.finding()
        except (BrokerError, TimeoutError):
            if self._connections != self._reconnects():
                raise
            finding = self._own or self._finding
        if finding:
            raise LogDamaged(finding)

    def note(self, sequence: int) -> None:
        """Note that the log has had a fact at this sequence."""
        self._last = max(self._last, sequence)

    async def report(self, service: str, finding: str) -> None:
        """Stop the writes of every process for what this one has found, until the broker or this process restarts."""
        if finding == self._own:
            return
        self._own, self._service = finding, service
        logger.error("the log is damaged", extra={"finding": finding})
        await self._publish_own()

    async def _publish_own(self) -> None:
        stream = self._broker.jetstream(timeout=REQUEST_TIMEOUT_S)
        try:
            await stream.publish(f"alarms.{self._service}", self._own.encode(), stream=ALARMS)
            self._told = True
        except BrokerError as error:  # the next check tries again
            self._told = False
            logger.warning("the other services do not know it yet", extra={"error": type(error).__name__})

    def _is_fresh(self) -> bool:
        if self._connections != self._reconnects():
            return False
        return asyncio.get_running_loop().time() - self._checked_at < CHECK_EVERY_S

    def _reconnects(self) -> int:
        return int(self._broker.stats["reconnects"])

    async def _check(self) -> str:
        # A restarted broker has forgotten it.
        if self._own and not (self._told and self._connections == self._reconnects()):
            await self._publish_own()
        reconnected = self._connections != self._reconnects()
        if reconnected:  # kept for later checks, which do not read the checkpoint
            self.note(await self._signed())
        # Known before the log is asked: facts and checkpoints that come meanwhile may be missing in its answer.
        known = self._last
        try:
            reply = await stream_info(self._broker, "EVENTS")
        except APIError as error:
            if error.err_code not in UNREADABLE:
                raise
            return f"The log (stream EVENTS) cannot be read: {error.description}."
        self.clock = _compare_clocks(reply)
        state = reply["state"]
        if missing := await self._missing(reply):
            return f"The log is damaged: {as_ranges(missing)} missing."
        last = int(state["last_seq"])
        if last < known:
            return f"The log is damaged: it ends at sequence {last}, but had facts up to {known}."
        self.note(last)
        if reconnected and await self._is_lost(reply, last):
            return f"The log is damaged: fact {last} is missing."
        return await self._alarm()

    async def _missing(self, reply: dict[str, Any]) -> list[int]:
        """Return the sequences below the last one that hold no fact, except those that the operator has accepted."""
        state, accepted = reply["state"], losses_of(reply["config"])
        first, last = int(state["first_seq"]), int(state["last_seq"])
        missing = list(range(1, min(first, last + 1)))
        if state.get("num_deleted"):
            detailed = await stream_info(self._broker, "EVENTS", deleted_details=True)
            missing += detailed["state"].get("deleted") or []
        return [sequence for sequence in missing if sequence not in accepted]

    async def _is_lost(self, reply: dict[str, Any], last: int) -> bool:
        """Return whether the last fact, which the broker counts, cannot be read."""
        if not last or last in losses_of(reply["config"]):
            return False
        try:
            await self._broker.jetstream(timeout=REQUEST_TIMEOUT_S).get_msg("EVENTS", seq=last)
        except NotFoundError:
            return True
        return False

    async def _signed(self) -> int:
        """Return the sequence of the last checkpoint; 0 without one."""
        try:
            stored = await self._broker.jetstream(timeout=REQUEST_TIMEOUT_S).get_last_msg(
                AUDIT, CHECKPOINT, direct=False
            )
            return unverified_sequence(stored.data or b"")
        except (NotFoundError, ValueError):  # moderation reports a damaged checkpoint
            return 0

    async def _alarm(self) -> str:
        """Return what other services have found."""
        found = [await self._alarm_of(service) for service in REPORTERS]
        return " ".join(filter(None, found))

    async def _alarm_of(self, service: str) -> str:
        stream = self._broker.jetstream(timeout=REQUEST_TIMEOUT_S)
        try:
            stored = await stream.get_last_msg(ALARMS, f"alarms.{service}", direct=False)
        except NotFoundError:
            return ""
        said = (stored.data or b"")[:LONGEST_ALARM].decode(errors="replace")
        return one_line(said).strip()


async def stream_info(broker: Client, name: str, *, deleted_details: bool = False) -> dict[str, Any]:
    """Return the broker's information about a stream, with fields that its Python client leaves out.

    Raises:
        nats.js.errors.APIError: the stream is missing or has been stopped.
    """
    body = orjson.dumps({"deleted_details": True}) if deleted_details else b""
    message = await broker.request(f"$JS.API.STREAM.INFO.{name}", body, timeout=REQUEST_TIMEOUT_S)
    reply: dict[str, Any] = orjson.loads(message.data)
    if error := reply.get("error"):
        raise APIError.from_error(error)
    return reply


def _compare_clocks(reply: dict[str, Any]) -> str:
    """Compare this machine's clock with the broker's and with the time of the last fact."""
    now, last_fact = datetime.now(UTC), _time(reply["state"].get("last_ts"))
    ahead = (now - _time(reply.get("ts"))).total_seconds() if reply.get("ts") else 0.0
    if abs(ahead) > MAX_CLOCK_DIFFERENCE_S:
        return f"this machine's clock is {_duration(ahead)} the broker's: synchronise both"
    behind = (now - last_fact).total_seconds()
    if behind < -MAX_CLOCK_DIFFERENCE_S:
        return f"the clock is {_duration(behind)} the last fact: it was set back, or was ahead before"
    return "ok"


def _duration(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def _time(text: str | None) -> datetime:
    """Parse a time of the broker, which has nanoseconds; the beginning of time for an empty stream."""
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
