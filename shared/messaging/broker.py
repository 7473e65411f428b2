"""Connects a service to the broker, and registers its handlers for durables and requests."""

import asyncio
import logging
import os
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, TypeVar

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as BrokerTimeout
from nats.js.errors import NotFoundError
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from shared.log.handler_runner import Handler, HandlerRunner
from shared.log.operator_requests import RedeliverReply, RedeliverRequest, redeliver_subject
from shared.log.streams import Consumer
from shared.messaging.progress import Progress
from shared.messaging.requests import Health, Reply, Request, health_subject
from shared.problems import Invalid, Unavailable
from shared.settings import ServiceSettings
from shared.telemetry.metrics import REPLY_DURATION
from shared.telemetry.tracing import Telemetry, traceparent

logger = logging.getLogger(__name__)
# FastStream's default logger would write lines in its own format.
_faststream = logging.getLogger(f"{__name__}.faststream")
_faststream.setLevel(logging.WARNING)

# A half-open connection is detected after two missed pings: 20 s instead of nats-py's 4 minutes.
PING_EVERY_S = 10
# The name of this process in health reports: in containers the host is the container.
REPLICA = f"{socket.gethostname()}:{os.getpid()}"
# How long one pull request waits at the broker, and how soon a deleted consumer is detected.
PULL_EXPIRES_S = 5.0
# The subject of an entry in a bucket, with its key.
ENTRY = re.compile(r"(\$KV\.[A-Z_]+\.)[^\s\"']+", re.IGNORECASE)

RequestT = TypeVar("RequestT", bound=Request[Any])
ReplyT = TypeVar("ReplyT", bound=Reply)


def make_broker(settings: ServiceSettings) -> NatsBroker:
    """Return a FastStream broker that authenticates as this service and reconnects without limit."""
    return NatsBroker(
        settings.broker_url,
        name=f"ottit-{settings.service}",
        security=SASLPlaintext(settings.service, settings.broker_password.get_secret_value(), use_ssl=False),
        inbox_prefix=f"_INBOX_{settings.service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=PING_EVERY_S,
        # Handlers get the message itself: FastStream's dependency injection would use a thread twice per message, a
        # third of the time that embeddings spends on a post.
        apply_types=False,
        decoder=_keep_undecoded,
        error_cb=_log_error,
        disconnected_cb=_log_disconnected,
        reconnected_cb=_log_reconnected,
        logger=_faststream,
        log_level=logging.DEBUG,
    )


def _is_relevant(record: logging.LogRecord) -> bool:
    """Return whether to keep a log record of FastStream; False for the error of an empty pull.

    An empty pull ends with Python's TimeoutError, where FastStream expects nats-py's own: it logs it and pulls again.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))


_faststream.addFilter(_is_relevant)


async def connection(broker: NatsBroker) -> Client:
    """Return the broker's connection, and open it if necessary."""
    return await broker.connect()


def on_durable(broker: NatsBroker, consumer: Consumer, handler: Handler, telemetry: Telemetry) -> None:
    """Let the handler process the durable's messages, at most `consumer.in_flight` at a time."""
    subscriber = broker.subscriber(
        consumer.facts[0].subject("*") if len(consumer.facts) == 1 else "events.>",
        durable=consumer.durable,
        stream=JStream("EVENTS", declare=False),
        pull_sub=PullSub(batch_size=consumer.in_flight // 2, timeout=PULL_EXPIRES_S),
        max_workers=consumer.in_flight,
        ack_policy=AckPolicy.MANUAL,
        inbox_prefix=f"_INBOX_{consumer.service}.".encode(),
    )
    created: HandlerRunner | None = None

    async def runner() -> HandlerRunner:
        nonlocal created
        if created is None:
            created = HandlerRunner(consumer, handler, (await connection(broker)).jetstream(), telemetry)
        return created

    @subscriber
    async def handle(message: NatsMessage) -> None:
        await (await runner()).handle(message.raw_message)

    @broker.subscriber(redeliver_subject(consumer.service, consumer.handler), queue=consumer.service)
    async def redeliver(message: NatsMessage) -> bytes:
        try:
            request = RedeliverRequest.model_validate_json(message.body)
        except ValidationError:
            return RedeliverReply(outcome="poison", reason="the request names no sequence").model_dump_json().encode()
        return (await (await runner()).redeliver(request.sequence)).model_dump_json().encode()


def on_request(
    broker: NatsBroker,
    kind: type[RequestT],
    respond: Callable[[RequestT], Awaitable[Reply]],
    telemetry: Telemetry,
    concurrency: int = 1,
) -> None:
    """Answer one kind of request, `concurrency` at a time. The replicas of a service share the requests."""

    @broker.subscriber(kind.subject(), queue=kind.SERVICE, max_workers=concurrency)
    async def handle(message: NatsMessage) -> bytes:
        verb_phrase = kind.subject().rsplit(".", 1)[-1]
        parent = message.headers.get("traceparent")
        labels = {"question": verb_phrase, "outcome": "error"}  # the outcome if `respond` raises
        # No span without an incoming trace context: this gives 3% more searches a second.
        span = telemetry.span(verb_phrase, parent, SpanKind.SERVER) if parent else nullcontext()
        with span, telemetry.metrics.timed(REPLY_DURATION, labels):
            try:
                reply = await respond(kind.model_validate_json(message.body))
            except ValidationError as error:
                reply = kind.REPLY(error=f"Invalid {kind.__name__}: {error.error_count()} invalid fields.")
            labels["outcome"] = "error" if reply.error else "refused" if reply.refused else "answered"
        return reply.model_dump_json().encode()


def on_health(broker: NatsBroker, service: str, report: Callable[[], Awaitable[Health]]) -> None:
    """Answer health requests for this replica."""

    @broker.subscriber(health_subject(service))
    async def handle(message: NatsMessage) -> bytes:
        return (await report()).model_copy(update={"replica": REPLICA}).model_dump_json().encode()


async def send_request(broker: Client, request: Request[ReplyT], timeout: float) -> ReplyT:
    """Send a request to another service and wait at most `timeout` seconds for the reply.

    Raises:
        Invalid: the service refused the request, with a code.
        Unavailable: the service did not reply in time, or reported an error.
    """
    parent = traceparent()
    try:
        message = await broker.request(
            request.subject(),
            request.model_dump_json().encode(),
            timeout=timeout,
            headers={"traceparent": parent} if parent else None,
        )
    except (BrokerTimeout, NoRespondersError, OSError) as error:
        raise Unavailable(f"The service {request.SERVICE} does not answer.", "service_unavailable") from error
    reply: ReplyT = request.REPLY.model_validate_json(message.data)
    if reply.refused:
        raise Invalid(f"The service {request.SERVICE} refused the request: {reply.refused}.", reply.refused)
    if reply.error:
        raise Unavailable(reply.error, "service_unavailable")
    return reply


async def durable_health(broker: Client, consumer: Consumer, progress: Progress | None = None) -> tuple[str, int]:
    """Return `ok` or what is wrong with a durable, and how many messages wait for it."""
    try:
        info = await broker.jetstream(timeout=2).consumer_info("EVENTS", consumer.durable)
    except NotFoundError:
        return "the durable consumer is missing: run `ottit provision`", 0
    except (BrokerTimeout, OSError):
        return "the broker does not answer", 0
    waiting, delivered = info.num_pending or 0, info.delivered.stream_seq if info.delivered else 0
    stalled = progress.problem(delivered, waiting) if progress else ""
    return stalled or "ok", waiting + (info.num_ack_pending or 0)


async def assert_provisioned(broker: Client, *consumers: Consumer, wait_s: float = 10.0) -> None:
    """Wait until the durables exist. Services only check; `provision` creates them.

    Raises:
        Unavailable: a durable is still missing after `wait_s` seconds.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    for consumer in consumers:
        while (state := await durable_health(broker, consumer))[0] != "ok":
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"{consumer.durable}: {state[0]}", "not_provisioned")
            await asyncio.sleep(0.2)


async def _keep_undecoded(message: NatsMessage) -> NatsMessage:
    return message


async def _log_error(error: Exception) -> None:
    # A refused subject may be the key of an entry, such as a handle in the bucket ACCOUNTS.
    logger.error("broker error", extra={"error": ENTRY.sub(r"\1…", str(error)) or type(error).__name__})


async def _log_disconnected() -> None:
    logger.warning("disconnected from the broker; reconnecting")


async def _log_reconnected() -> None:
    logger.info("reconnected to the broker")
