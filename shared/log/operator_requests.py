"""Requests that only the operator may send to a running service.

Redeliver a fact, report readiness or a view, rebuild a view, compare the search index with the log, and try the AI
provider.
"""

import os
import socket
from collections.abc import Awaitable, Callable
from typing import Literal

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as BrokerTimeout
from pydantic import BaseModel, ConfigDict

from shared.log.events.field_types import Sequence
from shared.telemetry.printable import printable_values

# The slowest reply of a view or handler. A later one reaches nobody.
REPLY_TIMEOUT_S = 30.0
# Each replica replies separately: after each reply, wait this long for the next.
NEXT_REPLY_S = 0.3


class OperatorMessage(BaseModel):
    """A request or a reply."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RedeliverRequest(OperatorMessage):
    """Asks a handler to handle the fact at this sequence of `EVENTS` again."""

    sequence: Sequence


class RedeliverReply(OperatorMessage):
    """The outcome of a redelivery. `failed` may succeed later, `poison` never will. `reason` holds no user text."""

    outcome: Literal["done", "failed", "poison"]
    reason: str = ""


class ViewState(OperatorMessage):
    """The state of a replica's view: its lag behind each stream, and the progress of a rebuild."""

    replica: str
    view: str
    state: str = "ok"
    lag: dict[str, int]
    building: str = ""


class RebuildReply(OperatorMessage):
    """The reply to a rebuild request. `refused`: why the replica did not start; empty if it did."""

    replica: str
    refused: str = ""


class ReconcileRequest(OperatorMessage):
    """Asks one replica to compare its search index with the log. `dry_run`: nothing is repaired."""

    replica: str
    dry_run: bool = False


class IndexReport(OperatorMessage):
    """The result of a comparison.

    `compared`: published posts of the log. `found`: the number of posts by kind of difference; `posts`: the first ids
    of each. `unreadable`: the number of posts whose text the log does not give, and `why`: the first ids with reasons.
    """

    compared: int
    found: dict[str, int]
    posts: dict[str, tuple[str, ...]]
    unreadable: int = 0
    why: dict[str, str] = {}
    repaired: bool


class ReconcileState(OperatorMessage):
    """The state of a replica's comparison, and the reply to a request for one.

    `progress`: what it does now, empty if it does nothing. `failed`: why it did not start, or why it ended. `report`:
    the result of the last comparison on request.
    """

    replica: str
    progress: str = ""
    failed: str = ""
    report: IndexReport | None = None


class ProviderReply(OperatorMessage):
    """The result of one question to the AI provider. `problem`: why it gave no scores; empty if it did."""

    problem: str = ""


def redeliver_subject(service: str, handler: str) -> str:
    """Return the subject on which a service's handler accepts redeliveries."""
    return f"operations.{service}.redeliver_{handler}"


def view_subject(service: str) -> str:
    """Return the subject on which each replica of a service reports its view."""
    return f"operations.{service}.view"


def rebuild_subject(service: str) -> str:
    """Return the subject on which each replica of a service accepts a rebuild."""
    return f"operations.{service}.rebuild"


def readiness_subject(service: str) -> str:
    """Return the subject on which each gateway reports the readiness of all parts, with addresses and paths."""
    return f"operations.{service}.readiness"


def reconcile_subject(service: str) -> str:
    """Return the subject on which a replica accepts a comparison of its index with the log."""
    return f"operations.{service}.reconcile"


def reconciliation_subject(service: str) -> str:
    """Return the subject on which each replica reports that comparison."""
    return f"operations.{service}.reconciliation"


def try_provider_subject(service: str) -> str:
    """Return the subject on which a service tries its AI provider with one question."""
    return f"operations.{service}.try_provider"


def this_replica() -> str:
    """Return the name of this process among the replicas of its service."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def request_one(
    broker: Client, subject: str, request: bytes = b"", timeout_s: float = REPLY_TIMEOUT_S
) -> bytes | None:
    """Return the reply of one replica, safe for a terminal; None if none replies in time."""
    try:
        return safe_to_show((await broker.request(subject, request, timeout=timeout_s)).data)
    except (NoRespondersError, BrokerTimeout):
        return None


async def request_all(broker: Client, subject: str, request: bytes = b"", timeout_s: float = 3.0) -> list[bytes]:
    """Return the replies of all replicas, safe for a terminal; empty if none replies."""
    inbox = broker.new_inbox()
    subscription = await broker.subscribe(inbox)
    replies: list[bytes] = []
    try:
        await broker.publish(subject, request, reply=inbox)
        while True:
            message = await subscription.next_msg(timeout=NEXT_REPLY_S if replies else timeout_s)
            if message.headers and message.headers.get("Status") == "503":
                return replies
            replies.append(safe_to_show(message.data))
    except BrokerTimeout:
        return replies
    finally:
        await subscription.unsubscribe()


def safe_to_show(reply: bytes) -> bytes:
    """Return a reply whose texts contain no control codes: a service must not write on the operator's terminal.

    A reply that is no JSON is returned as it is: nobody can read it.
    """
    try:
        return orjson.dumps(printable_values(orjson.loads(reply)))
    except orjson.JSONDecodeError:
        return reply


# Returns the view's name, its lag behind each stream, and the progress of a rebuild.
ReadViewState = Callable[[], Awaitable[tuple[str, dict[str, int], str]]]
# Starts a rebuild. Returns why it did not start; empty if it did.
StartRebuild = Callable[[], Awaitable[str]]


async def serve_view_requests(broker: Client, service: str, read_state: ReadViewState, rebuild: StartRebuild) -> None:
    """Answer the operator's view requests until the connection ends. Each replica answers for its own view."""
    replica = this_replica()

    async def report(message: Msg) -> None:
        try:
            view, lag, building = await read_state()
            state = ViewState(replica=replica, view=view, lag=lag, building=building)
        except (BrokerError, OSError) as error:
            state = ViewState(replica=replica, view=service, state=type(error).__name__, lag={})
        await message.respond(state.model_dump_json().encode())

    async def start(message: Msg) -> None:
        reply = RebuildReply(replica=replica, refused=await rebuild())
        await message.respond(reply.model_dump_json().encode())

    await broker.subscribe(view_subject(service), cb=report)
    await broker.subscribe(rebuild_subject(service), cb=start)
