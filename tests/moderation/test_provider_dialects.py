"""Servers that speak OpenAI's protocol in their own way: parameters they do not know, redirects, and packed bodies."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from services.moderation.engines.openai_transport import MAX_RESPONSE_BYTES, OpenAITransport
from services.moderation.engines.provider_errors import MAX_SENTENCE, ProviderError, quotable
from services.moderation.engines.provider_responses import read_completion
from services.moderation.engines.request_form import RequestForm, next_form
from shared.policy import Prompt
from tests.moderation.engine_setup import config_for
from tests.moderation.provider_double import (
    CHAT,
    Behavior,
    Exchange,
    ProviderDouble,
    provider_double,
    refuses,
    usual_answer,
)

PROMPT = Prompt("Score the text.", "They are ripe, and I have picked them all.")
SCHEMA = {"type": "object", "properties": {"scores": {"type": "object"}}}
Body = dict[str, Any]


@asynccontextmanager
async def transport_to(double: ProviderDouble) -> AsyncIterator[OpenAITransport]:
    """Return a transport to the double, whose own checks of requests are off."""
    transport = OpenAITransport(config_for(double))
    try:
        yield transport
    finally:
        await transport.close()


def without(refusal: Callable[[Body], str], status: int = 400, *, as_text: bool = False) -> Behavior:
    """Refuse requests for which `refusal` returns a sentence, and answer all others."""

    async def behave(exchange: Exchange) -> None:
        sentence = refusal(exchange.request.body)
        error: object = sentence if as_text else {"message": sentence, "type": "invalid_request_error"}
        answer = {"error": error} if sentence else usual_answer(exchange.request)
        await exchange.answer(orjson.dumps(answer), status if sentence else 200)

    return behave


def format_of(body: Body) -> str:
    return str(body.get("response_format", {}).get("type", "text"))


SERVERS: dict[str, tuple[Behavior, list[str]]] = {
    "no schema": (
        without(
            lambda body: "response_format json_schema is not supported" if format_of(body) == "json_schema" else ""
        ),
        ["json_schema", "json_object", "json_object"],
    ),
    "no schema, said as a text": (
        without(lambda body: "json_schema?" if format_of(body) == "json_schema" else "", 422, as_text=True),
        ["json_schema", "json_object", "json_object"],
    ),
    "no format at all": (
        without(lambda body: "Unrecognized argument: response_format" if format_of(body) != "text" else ""),
        ["json_schema", "json_object", "text", "text"],
    ),
    "no format, and no word about it": (
        without(lambda body: "Bad request" if format_of(body) != "text" else ""),
        ["json_schema", "json_object", "text", "text"],
    ),
    "only the old limit": (
        without(lambda body: "Unknown: max_completion_tokens" if "max_completion_tokens" in body else ""),
        ["json_schema", "json_schema", "json_schema"],
    ),
    "only its own temperature": (
        without(lambda body: "'temperature' does not support 0.0" if "temperature" in body else ""),
        ["json_schema", "json_schema", "json_schema"],
    ),
    "nothing, and no word about it": (
        without(lambda body: "no" if format_of(body) != "text" or "max_completion_tokens" in body else ""),
        ["json_schema", "json_object", "text", "text", "text"],
    ),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_a_parameter_that_a_server_refuses_is_left_out_from_then_on(server: str) -> None:
    behavior, formats = SERVERS[server]
    async with provider_double() as double, transport_to(double) as transport:
        double.accepts_every_form = True
        double.always[CHAT] = behavior
        for _ in range(2):
            assert read_completion(await transport.chat(PROMPT, SCHEMA)).scores["hate"] < 0.5
    assert [format_of(request.body) for request in double.requests] == formats
    for request in double.requests:
        told = '{"type":"object","properties":{"scores":{"type":"object"}}}' in request.body["messages"][0]["content"]
        assert told == (format_of(request.body) != "json_schema")


async def test_a_server_that_refuses_everything_is_asked_a_few_times_only() -> None:
    async with provider_double() as double, transport_to(double) as transport:
        double.accepts_every_form = True
        double.always[CHAT] = without(lambda _: "temperature, max_completion_tokens, response_format")
        with pytest.raises(ProviderError, match="bad_request"):
            await transport.chat(PROMPT, SCHEMA)
    assert len(double.requests) == 5


async def test_one_refused_text_does_not_change_how_a_working_server_is_asked() -> None:
    async with provider_double() as double, transport_to(double) as transport:
        await transport.chat(PROMPT, SCHEMA)
        double.next[CHAT] = [refuses(400, "context_length_exceeded", "This is too long.")]
        with pytest.raises(ProviderError, match="bad_request"):
            await transport.chat(PROMPT, SCHEMA)
        await transport.chat(PROMPT, SCHEMA)
    assert [format_of(request.body) for request in double.requests] == ["json_schema"] * 3


def test_a_server_that_wants_the_new_limit_is_not_asked_in_a_circle() -> None:
    form: RequestForm | None = RequestForm()
    seen = []
    while form is not None:
        assert form not in seen
        seen.append(form)
        form = next_form(form, "Use max_completion_tokens, not max_tokens, with response_format", guess=True)
    assert len(seen) <= 5


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_within_the_server_is_followed_with_the_text(status: int) -> None:
    async with provider_double() as double, transport_to(double) as transport:
        double.next[CHAT] = [redirects(f"{double.url}/chat/completions/", status)]
        assert read_completion(await transport.chat(PROMPT, SCHEMA)).scores
    assert [request.path for request in double.requests] == [CHAT, f"{CHAT}/"]
    assert double.requests[0].raw == double.requests[1].raw
    assert double.requests[1].headers["authorization"] == f"Bearer {double.key}"


async def test_a_redirect_elsewhere_or_to_another_method_is_not_followed() -> None:
    async with provider_double() as other, provider_double() as double, transport_to(double) as transport:
        for location, status in ((f"{other.url}/chat/completions", 307), (f"{double.url}/chat/completions/", 302)):
            double.next[CHAT] = [redirects(location, status)]
            with pytest.raises(ProviderError, match="redirected"):
                await transport.chat(PROMPT, SCHEMA)
        assert other.requests == []
        assert len(double.requests) == 2


async def test_endless_redirects_end() -> None:
    async with provider_double() as double, transport_to(double) as transport:
        double.always[CHAT] = redirects(f"{double.url}/chat/completions", 307)
        with pytest.raises(ProviderError):
            await transport.chat(PROMPT, SCHEMA)
        assert len(double.requests) <= 4


async def test_a_packed_body_is_unpacked_within_the_limit() -> None:
    async with provider_double() as double, transport_to(double) as transport:
        double.next[CHAT] = [packs(b""), packs(b" " * MAX_RESPONSE_BYTES), sends_broken_gzip]
        assert read_completion(await transport.chat(PROMPT, SCHEMA)).scores
        for _ in range(2):
            with pytest.raises(ProviderError, match="unreadable"):
                await transport.chat(PROMPT, SCHEMA)


async def test_a_standing_fault_keeps_the_sentence_of_the_provider() -> None:
    async with provider_double() as double, transport_to(double) as transport:
        double.next[CHAT] = [
            refuses(404, "model_not_found", "The model `gpt-4o-mini`\ndoes not exist."),
            refuses(404, "model_not_found"),  # quotes the text and the key
            refuses(400, "invalid_request_error", "Your text is bad."),
        ]
        sentences = []
        for _ in range(3):
            with pytest.raises(ProviderError) as raised:
                await transport.chat(PROMPT, SCHEMA)
            sentences.append(raised.value.sentence if raised.value.code == "not_found" else "")
    assert sentences == ["The model `gpt-4o-mini` does not exist.", "", ""]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("No such model.\n  Pull it first.", "No such model. Pull it first."),
        ("Wrong key sk-secret-1 given.", ""),
        ("I do not like “and I have picked them” at all.", ""),
        ("x" * 1000, "x" * MAX_SENTENCE),
        ("", ""),
    ],
)
def test_a_sentence_that_quotes_text_or_key_is_not_shown(sentence: str, shown: str) -> None:
    assert quotable(sentence, "sk-secret-1", PROMPT.user) == shown
    assert quotable("short", "", "short") == ""


def redirects(location: str, status: int) -> Behavior:
    """Redirect to another address."""

    async def redirect(exchange: Exchange) -> None:
        await exchange.answer(b"", status, location=location)

    return redirect


def packs(more: bytes) -> Behavior:
    """Send a good response in gzip, followed by more bytes."""

    async def pack(exchange: Exchange) -> None:
        body = gzip.compress(orjson.dumps(usual_answer(exchange.request)) + more)
        await exchange.answer(body, content_encoding="gzip")

    return pack


async def sends_broken_gzip(exchange: Exchange) -> None:
    """Send something that is not gzip under its name."""
    await exchange.answer(b"not packed", content_encoding="gzip")
