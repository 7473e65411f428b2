"""The faults of a provider (fault E23)."""

import asyncio

import orjson

from shared.policy import CATEGORIES
from tests.moderation.provider_double import Behavior, Exchange, completion, refuses, usual_answer

MIB = 1024 * 1024
EXACTLY = orjson.dumps({"scores": dict.fromkeys(CATEGORIES, 0), "rationale": "Fine."}).decode()


async def hangs(exchange: Exchange) -> None:
    """Never responds."""
    await exchange.until_gone()


async def drips(exchange: Exchange) -> None:
    """Sends a good response byte by byte, without a long pause between two bytes."""
    body = orjson.dumps(usual_answer(exchange.request))
    exchange.head(len(body))
    for at in range(len(body)):
        exchange.writer.write(body[at : at + 1])
        await exchange.writer.drain()
        await asyncio.sleep(0.05)


async def breaks_off(exchange: Exchange) -> None:
    """Closes the connection in the middle of a response."""
    body = orjson.dumps(usual_answer(exchange.request))
    exchange.head(len(body))
    exchange.writer.write(body[: len(body) // 2])
    await exchange.writer.drain()
    exchange.writer.close()


async def hangs_up(exchange: Exchange) -> None:
    """Closes the connection instead of responding."""
    exchange.writer.close()


async def truncates(exchange: Exchange) -> None:
    """Sends a complete HTTP response with half of the JSON."""
    body = orjson.dumps(usual_answer(exchange.request))
    await exchange.answer(body[: len(body) // 2])


async def sends_a_mebibyte(exchange: Exchange) -> None:
    """Sends a good response, followed by a mebibyte of spaces."""
    await exchange.answer(orjson.dumps(usual_answer(exchange.request)) + b" " * MIB)


async def sends_a_page(exchange: Exchange) -> None:
    """Sends the sign-in page of a public network."""
    await exchange.answer(b"<html>Welcome</html>", content_type="text/html")


async def sends_elsewhere(exchange: Exchange) -> None:
    """Redirects to another server, which must not get the text."""
    await exchange.answer(b"{}", 307, location="http://127.0.0.1:9/v1/chat/completions")


def says(content: str | None, **changes: object) -> Behavior:
    """Send a chat completion with this content."""

    async def say(exchange: Exchange) -> None:
        await exchange.answer(orjson.dumps(completion(content, **changes)))

    return say


UNREADABLE: dict[str, Behavior] = {
    "truncated HTTP body": truncates,
    "truncated JSON in the message": says(EXACTLY[:40], finish_reason="length"),
    "truncated JSON that claims to be whole": says(EXACTLY[:40]),
    "prose only": says("The text is harmless. outcome: published"),
    "an outcome instead of scores": says('{"outcome": "published"}'),
    "words for numbers": says(EXACTLY.replace('"spam":0', '"spam":"low"')),
    "true for a number": says(EXACTLY.replace('"spam":0', '"spam":false')),
    "a probability over 1": says(EXACTLY.replace('"spam":0', '"spam":17')),
    "a probability below 0": says(EXACTLY.replace('"spam":0', '"spam":-0.5')),
    "not a number": says(EXACTLY.replace('"spam":0', '"spam":NaN')),
    "a missing category": says(EXACTLY.replace(',"spam":0', "")),
    "null": says(None),
    "nothing": says(""),
    "two that differ": says(EXACTLY + EXACTLY.replace('"spam":0', '"spam":1')),
    "no choice": says(EXACTLY, message=None),
    "a mebibyte": sends_a_mebibyte,
    "a page": sends_a_page,
}
UNAVAILABLE: dict[str, tuple[Behavior, str]] = {
    "429": (refuses(429, "rate_limit_exceeded"), "rate_limited"),
    "429 with a short Retry-After": (refuses(429, "rate_limit_exceeded", Retry_After="0.1"), "rate_limited"),
    "429 with a Retry-After of a year": (refuses(429, "rate_limit_exceeded", Retry_After="31536000"), "rate_limited"),
    "429 with a Retry-After of nonsense": (refuses(429, "rate_limit_exceeded", Retry_After="soon"), "rate_limited"),
    "429 because nobody paid": (refuses(429, "insufficient_quota"), "quota_exhausted"),
    "500": (refuses(500, "server_error"), "provider_error"),
    "503 with Retry-After": (refuses(503, "overloaded", Retry_After="0.1"), "provider_error"),
    "401": (refuses(401, "invalid_api_key"), "unauthorized"),
    "404": (refuses(404, "model_not_found"), "not_found"),
    "a redirect": (sends_elsewhere, "redirected"),
    "a hang": (hangs, "timeout"),
    "a slow drip": (drips, "timeout"),
    "a connection closed at once": (hangs_up, "unreachable"),
    "a connection closed half-way": (breaks_off, "unreachable"),
}
