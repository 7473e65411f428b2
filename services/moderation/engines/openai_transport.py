"""Sends requests to a provider through the official OpenAI SDK, with only the headers that they need.

No other module imports the SDK, and this one is imported when a text first needs a provider: installations without a
provider save 31 MB of memory and 0.7 s at start-up.
"""

import logging
import math
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai

from services.moderation.engines.provider_config import ProviderConfig
from services.moderation.engines.provider_errors import ErrorCode, ProviderError
from shared.policy import Prompt

# A response holds six numbers and a sentence, a few kB in all. A longer one is invalid.
MAX_RESPONSE_BYTES = 256 * 1024
# The SDK also sends the machine and interpreter that it runs on: private, and refused by some compatible servers.
# No trace id is sent either: it would link the provider's records to ours.
SENT_HEADERS = frozenset({"host", "accept", "authorization", "connection", "content-length", "content-type"})
# Marks a request whose response the SDK returns as bytes. It is read from the request, but need not be sent.
RAW_RESPONSE = "X-Stainless-Raw-Response"
CODES: dict[int, ErrorCode] = {
    401: "unauthorized",
    403: "unauthorized",
    404: "not_found",
    408: "timeout",
    409: "provider_error",
}

# At lower levels these log whole requests, with texts and addresses.
for _noisy in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class OpenAITransport:
    """Sends requests to one provider. Responses are returned as bytes, because the SDK's models validate nothing."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._client = openai.AsyncOpenAI(
            api_key=config.api_key or "none",
            base_url=config.base_url,
            organization="",
            project="",
            max_retries=0,  # the provider client retries, within its time limit
            http_client=httpx2.AsyncClient(
                timeout=httpx2.Timeout(config.retry.attempt_s, connect=config.connect_s),
                follow_redirects=False,  # a redirect would send the text to another server
                event_hooks={"request": [self._limit_request], "response": [_limit_response]},
            ),
        )

    async def moderate(self, text: str) -> bytes:
        """Return the response of the moderation endpoint. Raises ProviderError."""
        response = self._client.moderations.with_raw_response.create(model=self._config.moderation_model, input=text)
        return await _body(response)

    async def chat(self, prompt: Prompt, schema: dict[str, Any]) -> bytes:
        """Return the response of the chat model, which the schema constrains if supported. Raises ProviderError."""
        response = self._client.chat.completions.with_raw_response.create(
            model=self._config.model,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "moderation", "strict": True, "schema": schema},
            },
            max_completion_tokens=self._config.max_tokens,
            temperature=openai.omit if self._config.temperature is None else self._config.temperature,
        )
        return await _body(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _limit_request(self, request: httpx2.Request) -> None:
        for name in list(request.headers):
            if name not in SENT_HEADERS or (name == "authorization" and not self._config.api_key):
                del request.headers[name]
        request.headers["accept-encoding"] = "identity"  # so that the size limit counts the bytes sent
        request.headers["user-agent"] = "ottit"


async def _limit_response(response: httpx2.Response) -> None:
    response.request.headers[RAW_RESPONSE] = "true"
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ProviderError("unreadable")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _LimitedStream(response.stream)


class _LimitedStream(httpx2.AsyncByteStream):
    """A response body that raises ProviderError when it exceeds MAX_RESPONSE_BYTES."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_RESPONSE_BYTES:
                raise ProviderError("unreadable")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _body(request: Awaitable[Any]) -> bytes:
    """Return the body of a JSON response. Errors of the SDK may quote the text or the key, so they are replaced."""
    try:
        response = await request
    except openai.APITimeoutError:
        raise ProviderError("timeout") from None
    except openai.APIStatusError as error:
        raise _error_of(error) from None
    except openai.APIConnectionError:
        raise ProviderError("unreachable") from None
    except openai.OpenAIError:
        raise ProviderError("provider_error") from None
    except (httpx2.InvalidURL, ValueError):  # the text or address does not fit into a request
        raise ProviderError("bad_request") from None
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ProviderError("unreadable")
    body: bytes = response.content
    return body


def _error_of(error: openai.APIStatusError) -> ProviderError:
    status, wait_s = error.status_code, retry_after(error.response.headers, datetime.now(UTC))
    if status == 429:
        return ProviderError("quota_exhausted" if error.code == "insufficient_quota" else "rate_limited", wait_s)
    if status >= 500:
        return ProviderError("provider_error", wait_s)
    return ProviderError(CODES.get(status, "bad_request"), wait_s)


def retry_after(headers: httpx2.Headers, now: datetime) -> float | None:
    """Return the seconds that the provider asks us to wait (RFC 9110, 10.2.3: a number or a date).

    None if the header is missing or cannot be read.
    """
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
