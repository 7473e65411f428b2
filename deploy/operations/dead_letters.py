"""Reads, redrives and drops dead letters. The log records how each one was resolved."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from deploy.installation.secret_files import ACTOR
from shared.log.append import Log
from shared.log.dead_letters import DeadLetter, parse_dead_letter
from shared.log.events import DecodeError, Fact, LetterDropped, LetterRedriven, decode, record
from shared.log.operator_requests import RedeliverReply, RedeliverRequest, redeliver_subject, request_one
from shared.log.read_to_end import read_to_end
from shared.security.sealing import VERSION
from shared.telemetry.printable import printable_values

STREAM = "DEAD_LETTERS"


class NoSuchDeadLetter(Exception):
    """There is no dead letter with this number."""


class DeadLetters:
    """The dead letters of a running installation."""

    def __init__(self, broker: Client, log: Log) -> None:
        self._broker = broker
        self._log = log

    async def all(self) -> AsyncIterator[DeadLetter]:
        """Yield all dead letters, oldest first."""
        async for message in read_to_end(self._broker, STREAM):
            number, headers = message.metadata.sequence.stream, message.headers or {}
            yield parse_dead_letter(number, message.subject, headers, message.data)

    async def one(self, number: int) -> DeadLetter:
        """Return a dead letter.

        Raises:
            NoSuchDeadLetter: it does not exist, or was redriven or dropped.
        """
        try:
            stored = await self._broker.jetstream().get_msg(STREAM, seq=number)
        except NotFoundError as error:
            raise NoSuchDeadLetter(
                f"There is no dead letter {number}. List them with `ottit dead-letters list`."
            ) from error
        return parse_dead_letter(number, stored.subject or "", stored.headers or {}, stored.data or b"")

    async def redrive(self, letter: DeadLetter) -> RedeliverReply:
        """Send the fact to its handler once more. On success a fact records it and the dead letter is deleted."""
        if letter.sequence == 0:
            return RedeliverReply(outcome="poison", reason="it names no fact of the log: drop it")
        request = RedeliverRequest(sequence=letter.sequence).model_dump_json().encode()
        reply = await request_one(self._broker, redeliver_subject(letter.service, letter.handler), request)
        if reply is None:
            return RedeliverReply(outcome="failed", reason=f"{letter.service} does not answer")
        redelivered = RedeliverReply.model_validate_json(reply)
        if redelivered.outcome == "done":
            fact = LetterRedriven(durable=letter.durable, given_up=letter.sequence, reason=letter.reason)
            await self._close(letter, fact)
        return redelivered

    async def drop(self, letter: DeadLetter, reason: str) -> None:
        """Drop a dead letter: its fact stays in the log, and its handler never processes it."""
        await self._close(letter, LetterDropped(durable=letter.durable, given_up=letter.sequence, reason=reason))

    async def _close(self, letter: DeadLetter, fact: Fact) -> None:
        """Append the fact, then delete the dead letter: a crash in between never loses it."""
        end = await self._log.end_of("letter", letter.entity_id)
        event = record(fact, letter.entity_id, actor=ACTOR, at=datetime.now(UTC))
        await self._log.append(event, after=end.sequence)
        try:
            await self._broker.jsm().delete_msg(STREAM, letter.number)
        except (NotFoundError, APIError):
            return  # another operator was faster


def as_row(letter: DeadLetter) -> dict[str, Any]:
    """Return the fields for JSON output, without the fact."""
    return {
        "id": letter.number,
        "durable": letter.durable,
        "sequence": letter.sequence,
        "subject": letter.subject,
        "reason": letter.reason,
        "deliveries": letter.deliveries,
        "buried_at": letter.written_at.isoformat(),
        "bytes": len(letter.stored),
    }


def with_fact(letter: DeadLetter) -> dict[str, Any]:
    """Return the row with the fact, or only a digest of unreadable bytes, which may contain private text."""
    row = as_row(letter) | {"sha256": hashlib.sha256(letter.stored).hexdigest()}
    try:
        event = decode(letter.stored, letter.sequence)
    except DecodeError as error:
        return row | {"fact": None, "unreadable": str(error)}
    return row | {"fact": mask_sealed(event.model_dump(mode="json"))}


def mask_sealed(value: Any) -> Any:
    """Return the value with every sealed text replaced by its size."""
    match value:
        case dict():
            return {key: mask_sealed(inner) for key, inner in value.items()}
        case list():
            return [mask_sealed(inner) for inner in value]
        case str() if value.startswith(VERSION):
            return f"(sealed, {len(value)} characters)"
    return value


def list_line(letter: DeadLetter) -> str:
    """Format a dead letter as one line."""
    when = f"{letter.written_at:%Y-%m-%d %H:%M}"
    return f"{letter.number:>5}  {when}  {letter.durable:<24} {letter.sequence:>8}  {letter.reason}"


def detail_lines(fields: dict[str, Any]) -> list[str]:
    """Format a dead letter with its fact, one value per line."""
    fields = printable_values(fields)  # a fact may have been written by anybody who may write dead letters
    lines = [f"{key:<12} {value}" for key, value in fields.items() if key != "fact" and value is not None]
    return lines + [f"  {key:<14} {value}" for key, value in _flat(fields.get("fact") or {})]


def _flat(fact: dict[str, Any]) -> list[tuple[str, Any]]:
    outer = [(key, value) for key, value in fact.items() if key != "data" and value is not None]
    return outer + [(f"data.{key}", value) for key, value in fact.get("data", {}).items()]
