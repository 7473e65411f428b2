"""The connection of a service to the broker, and the two ways in which it listens: durables and requests."""

import asyncio
import logging
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

from shared.log.delivery import Handler, HandlerRunner
from shared.log.operator_requests import RedeliverRequest, redeliver_subject
from shared.log.streams import Consumer
from shared.messaging.requests import Health, Reply, Request, health_subject
from shared.problems import Invalid, Unavailable
from shared.settings import ServiceSettings
from shared.telemetry.metrics import REPLY_DURATION
from shared.telemetry.tracing import Telemetry, traceparent

logger = logging.getLogger(__name__)
# Not FastStream's own logger: that one writes lines of its own kind past ours.
_faststream = logging.getLogger(f"{__name__}.faststream")
_faststream.setLevel(logging.WARNING)

# A half-open connection is noticed after two missed pings: 20 s instead of nats-py's 4 minutes.
PING_EVERY_S = 10
# How long one pull request waits at the broker; also how soon a deleted consumer is noticed.
PULL_EXPIRES_S = 5.0

Q = TypeVar("Q", bound=Request[Any])
A = TypeVar("A", bound=Reply)


def make_broker(settings: ServiceSettings) -> NatsBroker:
    """A FastStream broker that reconnects for ever and speaks as this service's own user."""
    return NatsBroker(
        settings.broker_url,
        name=f"ottit-{settings.service}",
        security=SASLPlaintext(settings.service, settings.broker_password.get_secret_value(), use_ssl=False),
        inbox_prefix=f"_INBOX_{settings.service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=PING_EVERY_S,
        # Handlers get the message itself: FastStream's dependency injection would hop through a thread for it, twice
        # a message, which took a third of what embeddings does for a post.
        apply_types=False,
        decoder=_as_it_came,
        error_cb=_say_error,
        disconnected_cb=_say_disconnected,
        reconnected_cb=_say_reconnected,
        logger=_faststream,
        log_level=logging.DEBUG,
    )


def _is_trouble(record: logging.LogRecord) -> bool:
    """Whether a line of FastStream is worth reading: an empty pull that ends at its very deadline is not.

    There nats-py raises Python's TimeoutError, FastStream knows nats-py's own only, and pulls anew all the same.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))


_faststream.addFilter(_is_trouble)


async def connection(broker: NatsBroker) -> Client:
    """The broker's own connection, opened if need be."""
    return await broker.connect()


def on_durable(broker: NatsBroker, consumer: Consumer, handler: Handler, telemetry: Telemetry) -> None:
    """Let the handler process the durable's messages, at most `consumer.in_flight` at once."""
    subscriber = broker.subscriber(
        consumer.facts[0].subject("*") if len(consumer.facts) == 1 else "events.>",
        durable=consumer.durable,
        stream=JStream("EVENTS", declare=False),
        pull_sub=PullSub(batch_size=consumer.in_flight // 2, timeout=PULL_EXPIRES_S),
        max_workers=consumer.in_flight,
        ack_policy=AckPolicy.MANUAL,
        inbox_prefix=f"_INBOX_{consumer.service}.".encode(),
    )
    made: HandlerRunner | None = None

    async def runner() -> HandlerRunner:
        nonlocal made
        if made is None:
            made = HandlerRunner(consumer, handler, (await connection(broker)).jetstream(), telemetry)
        return made

    @subscriber
    async def handle(message: NatsMessage) -> None:
        await (await runner()).handle(message.raw_message)

    @broker.subscriber(redeliver_subject(consumer.service, consumer.handler), queue=consumer.service)
    async def handle_once_more(message: NatsMessage) -> bytes:
        asked = RedeliverRequest.model_validate_json(message.body)
        return (await (await runner()).redeliver(asked.sequence)).model_dump_json().encode()


def on_request(
    broker: NatsBroker,
    kind: type[Q],
    answer: Callable[[Q], Awaitable[Reply]],
    telemetry: Telemetry,
    at_once: int = 1,
) -> None:
    """Answer one kind of question, `at_once` of them at the same time; replicas of a service share the questions."""

    @broker.subscriber(kind.subject(), queue=kind.SERVICE, max_workers=at_once)
    async def handle(message: NatsMessage) -> bytes:
        verb_phrase = kind.subject().rsplit(".", 1)[-1]
        parent = message.headers.get("traceparent")
        labels = {"question": verb_phrase, "outcome": "error"}  # what an answer that breaks off is
        # What nobody follows, as most reading, is not worth a span (measured: 3% more searches a second without).
        span = telemetry.span(verb_phrase, parent, SpanKind.SERVER) if parent else nullcontext()
        with span, telemetry.metrics.timed(REPLY_DURATION, labels):
            try:
                reply = await answer(kind.model_validate_json(message.body))
            except ValidationError as error:
                reply = kind.REPLY(error=f"not a {kind.__name__}: {error.error_count()} fields are wrong")
            labels["outcome"] = "error" if reply.error else "refused" if reply.refused else "answered"
        return reply.model_dump_json().encode()


def on_health(broker: NatsBroker, service: str, report: Callable[[], Awaitable[Health]]) -> None:
    """Answer how this replica is."""

    @broker.subscriber(health_subject(service))
    async def handle(message: NatsMessage) -> bytes:
        return (await report()).model_dump_json().encode()


async def send_request(broker: Client, request: Request[A], timeout: float) -> A:
    """Put a question to another service and wait at most `timeout` seconds.

    Raises:
        Invalid: the service refused what was asked, with a code.
        Unavailable: nobody answered in time, or the service said why it cannot.
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
        raise Unavailable(f"{request.SERVICE} does not answer", "service_unavailable") from error
    reply: A = request.REPLY.model_validate_json(message.data)
    if reply.refused:
        raise Invalid(f"{request.SERVICE} cannot use this request: {reply.refused}.", reply.refused)
    if reply.error:
        raise Unavailable(reply.error, "service_unavailable")
    return reply


async def durable_health(broker: Client, consumer: Consumer) -> tuple[str, int]:
    """Whether the durable exists at the broker, and how many messages wait for it."""
    try:
        info = await broker.jetstream(timeout=2).consumer_info("EVENTS", consumer.durable)
    except NotFoundError:
        return "the durable consumer is missing: run `ottit provision`", 0
    except (BrokerTimeout, OSError):
        return "the broker does not answer", 0
    return "ok", (info.num_pending or 0) + (info.num_ack_pending or 0)


async def assert_provisioned(broker: Client, *consumers: Consumer, wait_s: float = 10.0) -> None:
    """Wait until the durables exist: services assert, provisioning declares.

    Raises:
        Unavailable: one of them is still missing after `wait_s` seconds.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    for consumer in consumers:
        while (state := await durable_health(broker, consumer))[0] != "ok":
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"{consumer.durable}: {state[0]}", "not_provisioned")
            await asyncio.sleep(0.2)


async def _as_it_came(message: NatsMessage) -> NatsMessage:
    return message


async def _say_error(error: Exception) -> None:
    logger.error("broker error", extra={"error": str(error) or type(error).__name__})


async def _say_disconnected() -> None:
    logger.warning("the broker is away; reconnecting")


async def _say_reconnected() -> None:
    logger.info("the broker is back")
