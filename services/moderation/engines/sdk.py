"""The official OpenAI SDK, kept to what has to be sent.

The only module that imports it, and imported when a text first needs a provider: installations without one pay
neither its memory (31 MB) nor its start-up time (0.7 s).
"""

import logging
import math
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from services.moderation.engines.terms import Terms
from services.moderation.engines.trouble import Trouble, Why
from shared.policy import Prompt

# An answer is six numbers and a sentence, a few kB with all around it: what is longer is none.
LONGEST_ANSWER = 256 * 1024
# The SDK also sends which machine and interpreter it runs on, which is nobody's business, and which some compatible
# servers refuse. No trace id either: it would join the provider's records to ours.
SENT_HEADERS = frozenset({"host", "accept", "authorization", "connection", "content-length", "content-type"})
# By this header, which it never needs to send, the SDK recognizes which of its own requests want the bytes.
RAW = "X-Stainless-Raw-Response"
WHY: dict[int, Why] = {401: "unauthorized", 403: "unauthorized", 408: "timeout", 409: "provider_error"}

# Both write requests into their logs at lower levels: texts, and the address with whatever it holds.
for _noisy in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class Sdk:
    """Two questions to one provider. Answers are bytes, for the SDK's own models do not check what they hold."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._client = openai.AsyncOpenAI(
            api_key=terms.api_key or "none",
            base_url=terms.base_url,
            organization="",
            project="",
            max_retries=0,  # repeats are ours: they know the budget of time
            http_client=httpx2.AsyncClient(
                timeout=httpx2.Timeout(terms.patience.attempt_s, connect=terms.connect_s),
                follow_redirects=False,  # a redirect would carry the text to somebody else
                event_hooks={"request": [self._send_little], "response": [_take_little]},
            ),
        )

    async def moderate(self, text: str) -> bytes:
        """What the moderation endpoint says. Raises Trouble."""
        ask = self._client.moderations.with_raw_response.create(model=self._terms.moderation_model, input=text)
        return await _answered(ask)

    async def chat(self, prompt: Prompt, schema: dict[str, Any]) -> bytes:
        """What the chat model answers, held to the schema where the provider can do that. Raises Trouble."""
        ask = self._client.chat.completions.with_raw_response.create(
            model=self._terms.model,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "moderation", "strict": True, "schema": schema},
            },
            max_completion_tokens=self._terms.max_tokens,
            temperature=openai.omit if self._terms.temperature is None else self._terms.temperature,
        )
        return await _answered(ask)

    async def close(self) -> None:
        """Close what is open."""
        await self._client.close()

    async def _send_little(self, request: httpx2.Request) -> None:
        for name in list(request.headers):
            if name not in SENT_HEADERS or (name == "authorization" and not self._terms.api_key):
                del request.headers[name]
        request.headers["accept-encoding"] = "identity"  # so that the bytes on the wire are all there is
        request.headers["user-agent"] = "ottit"


async def _take_little(response: httpx2.Response) -> None:
    response.request.headers[RAW] = "true"
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Trouble("unreadable")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Capped(response.stream)


class _Capped(httpx2.AsyncByteStream):
    """A stream that ends in trouble where it is longer than an answer can be."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._stream:
            seen += len(chunk)
            if seen > LONGEST_ANSWER:
                raise Trouble("unreadable")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _answered(ask: Awaitable[Any]) -> bytes:
    """The body of an answer in JSON. What the SDK raises may quote the text or the key: it goes no further."""
    try:
        response = await ask
    except openai.APITimeoutError:
        raise Trouble("timeout") from None
    except openai.APIStatusError as error:
        raise _refusal(error) from None
    except openai.APIConnectionError:
        raise Trouble("unreachable") from None
    except openai.OpenAIError:
        raise Trouble("provider_error") from None
    except (httpx2.InvalidURL, ValueError):  # what cannot be written into a request
        raise Trouble("bad_request") from None
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Trouble("unreadable")
    body: bytes = response.content
    return body


def _refusal(error: openai.APIStatusError) -> Trouble:
    status, wait_s = error.status_code, retry_after(error.response.headers, datetime.now(UTC))
    if status == 429:
        return Trouble("quota_exhausted" if error.code == "insufficient_quota" else "rate_limited", wait_s)
    if status >= 500:
        return Trouble("provider_error", wait_s)
    return Trouble(WHY.get(status, "bad_request"), wait_s)


def retry_after(headers: httpx2.Headers, now: datetime) -> float | None:
    """Seconds that the provider asks to be left alone: a number or a date (RFC 9110, 10.2.3); None where it asks
    for nothing or cannot be understood."""
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
