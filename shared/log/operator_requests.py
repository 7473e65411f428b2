"""What only the operator may ask of a running service: subjects beside the questions that services ask each other."""

import os
import socket
from collections.abc import Awaitable, Callable
from typing import Literal

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as BrokerTimeout
from pydantic import BaseModel, ConfigDict

# A view's or a handler's slowest answer; the broker lets a service answer for 30 s (shared/security/permissions.py).
ANSWER_S = 30.0
# Replicas answer each for itself: after the first answer the others have this long.
OTHERS_S = 0.3


class OperatorMessage(BaseModel):
    """A question or an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RedeliverRequest(OperatorMessage):
    """Handle the fact at this sequence of `EVENTS` once more."""

    sequence: int


class RedeliverReply(OperatorMessage):
    """How it went; `failed` may go better later, `poison` never will. The reason holds no text of anybody."""

    outcome: Literal["done", "failed", "poison"]
    reason: str = ""


class ViewState(OperatorMessage):
    """A replica's view: how far behind each stream it is, and how far a rebuild beside it has come."""

    replica: str
    view: str
    state: str = "ok"
    lag: dict[str, int]
    building: str = ""


class RebuildReply(OperatorMessage):
    """Whether the replica has begun. `refused`: why not."""

    replica: str
    refused: str = ""


def redeliver_subject(service: str, handler: str) -> str:
    """Where one of a service's handlers takes a fact once more."""
    return f"operations.{service}.redeliver_{handler}"


def view_subject(service: str) -> str:
    """Where each replica of a service says how its view is."""
    return f"operations.{service}.view"


def rebuild_subject(service: str) -> str:
    """Where each replica of a service is told to build its view anew."""
    return f"operations.{service}.rebuild"


async def request_one(broker: Client, subject: str, question: bytes = b"", within_s: float = ANSWER_S) -> bytes | None:
    """The answer of one replica; None where nobody answers in time."""
    try:
        return (await broker.request(subject, question, timeout=within_s)).data
    except (NoRespondersError, BrokerTimeout):
        return None


async def request_all(broker: Client, subject: str, question: bytes = b"", within_s: float = 3.0) -> list[bytes]:
    """The answers of all replicas that answer; empty where none does."""
    inbox = broker.new_inbox()
    answers = await broker.subscribe(inbox)
    found: list[bytes] = []
    try:
        await broker.publish(subject, question, reply=inbox)
        while True:
            message = await answers.next_msg(timeout=OTHERS_S if found else within_s)
            if message.headers and message.headers.get("Status") == "503":
                return found
            found.append(message.data)
    except BrokerTimeout:
        return found
    finally:
        await answers.unsubscribe()


# The name of the view, how far it is behind each stream, and how far a rebuild has come.
ReadViewState = Callable[[], Awaitable[tuple[str, dict[str, int], str]]]
# Begins; why not, or nothing.
StartRebuild = Callable[[], Awaitable[str]]


async def serve_view_requests(broker: Client, service: str, read_state: ReadViewState, rebuild: StartRebuild) -> None:
    """Answer until the connection ends. Each replica answers for its own view."""
    replica = f"{socket.gethostname()}:{os.getpid()}"

    async def say(message: Msg) -> None:
        try:
            view, lag, building = await read_state()
            state = ViewState(replica=replica, view=view, lag=lag, building=building)
        except (BrokerError, OSError) as error:
            state = ViewState(replica=replica, view=service, state=type(error).__name__, lag={})
        await message.respond(state.model_dump_json().encode())

    async def begin(message: Msg) -> None:
        answer = RebuildReply(replica=replica, refused=await rebuild())
        await message.respond(answer.model_dump_json().encode())

    await broker.subscribe(view_subject(service), cb=say)
    await broker.subscribe(rebuild_subject(service), cb=begin)
