"""Answers the operator's request to try the AI provider, before a policy that needs it is activated."""

from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log.operator_requests import ProviderReply, try_provider_subject

SERVICE = "moderation"


async def serve_provider_trials(broker: Client, try_provider: Callable[[], Awaitable[str]]) -> None:
    """Answer until the connection ends. `try_provider` returns why the provider gave no scores, or nothing."""

    async def answer(message: Msg) -> None:
        await message.respond(ProviderReply(problem=await try_provider()).model_dump_json().encode())

    # One replica is enough: all have the same settings.
    await broker.subscribe(try_provider_subject(SERVICE), queue=SERVICE, cb=answer)
