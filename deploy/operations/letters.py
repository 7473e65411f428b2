"""Dead letters in the operator's hands: read, handled once more, or let go of. How it ends is a fact in the log."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from deploy.local.secret_files import ACTOR
from shared.log.append import Log
from shared.log.dead_letters import DeadLetter, parse_dead_letter
from shared.log.events import Fact, LetterDropped, LetterRedriven, record
from shared.log.operator_requests import RedeliverReply, RedeliverRequest, redeliver_subject, request_one
from shared.log.stream_reader import read_stream

STREAM = "DEAD_LETTERS"


class NoLetter(Exception):
    """There is no such letter."""


class Letters:
    """The stream of dead letters of a running installation."""

    def __init__(self, broker: Client, log: Log) -> None:
        self._broker = broker
        self._log = log

    async def all(self) -> AsyncIterator[DeadLetter]:
        """Every letter, oldest first."""
        async for message in read_stream(self._broker, STREAM):
            number, headers = message.metadata.sequence.stream, message.headers or {}
            yield parse_dead_letter(number, message.subject, headers, message.data)

    async def one(self, number: int) -> DeadLetter:
        """A letter.

        Raises:
            NoLetter: it is not there, or was looked after already.
        """
        try:
            stored = await self._broker.jetstream().get_msg(STREAM, seq=number)
        except NotFoundError as error:
            raise NoLetter(f"There is no dead letter {number}: `ottit dead-letters list` shows them.") from error
        return parse_dead_letter(number, stored.subject or "", stored.headers or {}, stored.data or b"")

    async def redrive(self, letter: DeadLetter) -> RedeliverReply:
        """Have the handler take it once more. Done: a fact says so and the letter goes; else it stays."""
        question = RedeliverRequest(sequence=letter.sequence).model_dump_json().encode()
        answer = await request_one(self._broker, redeliver_subject(letter.service, letter.handler), question)
        if answer is None:
            return RedeliverReply(outcome="failed", reason=f"{letter.service} does not answer")
        redelivered = RedeliverReply.model_validate_json(answer)
        if redelivered.outcome == "done":
            fact = LetterRedriven(durable=letter.durable, given_up=letter.sequence, reason=letter.reason)
            await self._close(letter, fact)
        return redelivered

    async def drop(self, letter: DeadLetter, reason: str) -> None:
        """Let go of it: the fact stays in the log, and its handler never acts on it."""
        await self._close(letter, LetterDropped(durable=letter.durable, given_up=letter.sequence, reason=reason))

    async def _close(self, letter: DeadLetter, fact: Fact) -> None:
        """First the fact, then the letter: a crash in between leaves a letter, and never nothing."""
        last = await self._log.last("letter", letter.entity_id)
        event = record(fact, letter.entity_id, actor=ACTOR, at=datetime.now(UTC))
        await self._log.append(event, after=last.sequence if last else 0)
        try:
            await self._broker.jsm().delete_msg(STREAM, letter.number)
        except (NotFoundError, APIError):
            return  # a colleague was faster
