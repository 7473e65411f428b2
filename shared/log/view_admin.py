"""What every service with a view answers to the operator: how the view is, and that it begins to build it anew."""

import os
import socket
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError

from shared.messaging.operator_requests import RebuildAnswer, ViewState, rebuild_subject, view_subject

# The name of the view, how far it is behind each stream, and how far a rebuild has come.
Look = Callable[[], Awaitable[tuple[str, dict[str, int], str]]]
# Begins; why not, or nothing.
Rebuild = Callable[[], Awaitable[str]]


async def serve_view(broker: Client, service: str, look: Look, rebuild: Rebuild) -> None:
    """Answer until the connection ends. Each replica answers for its own view."""
    replica = f"{socket.gethostname()}:{os.getpid()}"

    async def say(message: Msg) -> None:
        try:
            view, lag, building = await look()
            state = ViewState(replica=replica, view=view, lag=lag, building=building)
        except (BrokerError, OSError) as error:
            state = ViewState(replica=replica, view=service, state=type(error).__name__, lag={})
        await message.respond(state.model_dump_json().encode())

    async def begin(message: Msg) -> None:
        answer = RebuildAnswer(replica=replica, refused=await rebuild())
        await message.respond(answer.model_dump_json().encode())

    await broker.subscribe(view_subject(service), cb=say)
    await broker.subscribe(rebuild_subject(service), cb=begin)
