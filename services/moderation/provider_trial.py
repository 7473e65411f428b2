"""Answers the operator's request to try the AI provider, before a policy that needs it is activated."""

import logging
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log.operator_requests import ProviderReply, try_provider_subject

SERVICE = "moderation"
logger = logging.getLogger(__name__)


async def serve_provider_trials(broker: Client, try_provider: Callable[[], Awaitable[str]]) -> None:
    """Answer until the connection ends. `try_provider` returns why the provider gave no scores, or nothing."""

    async def answer(message: Msg) -> None:
        try:
            problem = await try_provider()
        except Exception:  # the operator waits for an answer
            logger.exception("the AI provider could not be tried")
            problem = "moderation failed while it tried the provider: see its log"
        await message.respond(ProviderReply(problem=problem).model_dump_json().encode())

    # One replica is enough: all have the same settings.
    await broker.subscribe(try_provider_subject(SERVICE), queue=SERVICE, cb=answer)
