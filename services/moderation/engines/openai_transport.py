"""Sends requests to a provider through the official OpenAI SDK, with only the headers that they need.

No other module imports the SDK, and this one is imported when a text first needs a provider: installations without a
provider save 31 MB of memory and 0.7 s at start-up.
"""

import logging
import math
import zlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx2
import openai

from services.moderation.engines.provider_config import ProviderConfig
from services.moderation.engines.provider_errors import PERMANENT, ErrorCode, ProviderError, quotable
from services.moderation.engines.request_form import (
    FIRST,
    REFUSES_PARAMETER,
    RequestForm,
    messages,
    next_form,
    parameters,
)
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
        self._form = FIRST
        self._has_worked = False
        self._client = openai.AsyncOpenAI(
            api_key=config.api_key or "none",
            base_url=config.base_url,
            organization="",
            project="",
            max_retries=0,  # the provider client retries, within its time limit
            http_client=httpx2.AsyncClient(
                timeout=httpx2.Timeout(config.retry.attempt_s, connect=config.connect_s),
                follow_redirects=True,  # within the provider's origin only: `_check_redirect`
                max_redirects=2,
                event_hooks={"request": [self._limit_request], "response": [_limit_response]},
            ),
        )

    async def moderate(self, text: str) -> bytes:
        """Return the response of the moderation endpoint. Raises ProviderError."""
        response = self._client.moderations.with_raw_response.create(model=self._config.moderation_model, input=text)
        return await self._body(response, text)

    async def chat(self, prompt: Prompt, schema: dict[str, Any]) -> bytes:
        """Return the response of the chat model, which the schema constrains if supported. Raises ProviderError.

        A server that does not know a parameter is asked again without it. What has worked is used from then on.
        """
        form: RequestForm | None = self._form
        while form is not None:
            try:
                response = await self._send_chat(prompt, schema, form)
            except RefusedParameter as refused:
                form = next_form(form, refused.sentence, guess=not self._has_worked)
                if form is None:
                    raise
            else:
                self._form, self._has_worked = form, True
                return response
        raise AssertionError("a form is sent or the error is raised")

    async def _send_chat(self, prompt: Prompt, schema: dict[str, Any], form: RequestForm) -> bytes:
        response = self._client.chat.completions.with_raw_response.create(
            model=self._config.model,
            messages=cast(Any, messages(prompt, schema, form)),
            **parameters(schema, form, self._config.max_tokens, self._config.temperature),
        )
        return await self._body(response, prompt.user)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _limit_request(self, request: httpx2.Request) -> None:
        for name in list(request.headers):
            if name not in SENT_HEADERS or (name == "authorization" and not self._config.api_key):
                del request.headers[name]
        request.headers["accept-encoding"] = "identity"  # so that the size limit counts the bytes sent
        request.headers["user-agent"] = "ottit"

    async def _body(self, request: Awaitable[Any], text: str) -> bytes:
        """Return the body of a response. Errors of the SDK may quote the text or the key, so they are replaced."""
        try:
            response = await request
        except openai.APITimeoutError:
            raise ProviderError("timeout") from None
        except openai.APIStatusError as error:
            raise _error_of(error, self._config.api_key, text) from None
        except openai.APIConnectionError:
            raise ProviderError("unreachable") from None
        except openai.OpenAIError:
            raise ProviderError("provider_error") from None
        except (httpx2.InvalidURL, ValueError):  # the text or address does not fit into a request
            raise ProviderError("bad_request") from None
        body: bytes = response.content
        return body


async def _limit_response(response: httpx2.Response) -> None:
    response.request.headers[RAW_RESPONSE] = "true"
    _check_redirect(response)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ProviderError("unreadable")
    # Unpacked here, although none was asked for, because the limit is on the unpacked bytes.
    response.headers.pop("content-encoding", None)
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _LimitedStream(response.stream, is_gzip=encoding == "gzip")


def _check_redirect(response: httpx2.Response) -> None:
    """Refuse a redirect that would send the text to another server, or send something else."""
    if not response.has_redirect_location:
        return
    here, there = response.request.url, response.request.url.join(response.headers["location"])
    same_origin = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    if response.status_code not in (307, 308) or not same_origin:
        raise ProviderError("redirected")


class _LimitedStream(httpx2.AsyncByteStream):
    """A response body that raises ProviderError when it exceeds MAX_RESPONSE_BYTES after unpacking."""

    def __init__(self, stream: httpx2.AsyncByteStream, *, is_gzip: bool) -> None:
        self._stream = stream
        self._unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if is_gzip else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            piece = self._unpacked(chunk, MAX_RESPONSE_BYTES - received + 1)
            received += len(piece)
            if received > MAX_RESPONSE_BYTES:
                raise ProviderError("unreadable")
            yield piece

    def _unpacked(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._unpack.decompress(chunk, limit) if self._unpack else chunk
        except zlib.error:
            raise ProviderError("unreadable") from None

    async def aclose(self) -> None:
        await self._stream.aclose()


class RefusedParameter(ProviderError):
    """The provider refused the request; its sentence may name a parameter."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad_request", sentence=sentence)


def _error_of(error: openai.APIStatusError, key: str, text: str) -> ProviderError:
    status, wait_s = error.status_code, retry_after(error.response.headers, datetime.now(UTC))
    words = quotable(_sentence(error.body), key, text)
    if status == 429 and error.code == "insufficient_quota":
        return ProviderError("quota_exhausted", wait_s, words)
    if status == 429:
        return ProviderError("rate_limited", wait_s)
    if status in REFUSES_PARAMETER:
        return RefusedParameter(words)
    if status >= 500:
        return ProviderError("provider_error", wait_s)
    code = CODES.get(status, "bad_request")
    return ProviderError(code, wait_s, words if code in PERMANENT else "")


def _sentence(body: object) -> str:
    """Return the message in the body of an error; servers send an object or a text."""
    message = body.get("message") if isinstance(body, Mapping) else body
    return message if isinstance(message, str) else ""


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
