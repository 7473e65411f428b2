"""Requests to an identity provider, with limits for time and size and without redirects."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from shared.problems import Unavailable

logger = logging.getLogger(__name__)
# Discovery documents and key sets are a few kB; an ID token with many groups may have tens.
MOST_BYTES = 256 * 1024
# For one request with its whole answer. A sign-in needs up to four of them within the gateway's 15 s.
REQUEST_S = 3.5
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Ottit"}
ANSWER_BYTES = 16 * 1024


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer as it should. Other ways to sign in still work."""

    code = "identity_provider_unavailable"
    retry_after_s = 10


@dataclass(frozen=True)
class ProviderAnswer:
    """The status and the JSON object of an answer; an empty one if it has none."""

    status: int
    content: Mapping[str, Any]


class ProviderHttp:
    """Sends requests. Its connections are opened by the first one."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, request_s: float = REQUEST_S) -> None:
        """`transport`: for tests; `request_s`: the time for one request."""
        self._transport = transport
        self._request_s = request_s
        self._client: httpx.AsyncClient | None = None

    async def get(self, address: str, headers: Mapping[str, str] | None = None) -> ProviderAnswer:
        """Read an address.

        Raises:
            ProviderUnavailable: no answer, one that is too large or slow, or an error of the provider.
        """
        return await self._send("GET", address, headers or {}, "")

    async def post(self, address: str, headers: Mapping[str, str], body: str) -> ProviderAnswer:
        """Send a form. Raises like `get`."""
        return await self._send("POST", address, headers, body)

    async def close(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.aclose()

    async def _send(self, method: str, address: str, headers: Mapping[str, str], body: str) -> ProviderAnswer:
        self._client = self._client or httpx.AsyncClient(
            transport=self._transport, follow_redirects=False, timeout=self._request_s, headers=HEADERS
        )
        try:
            async with asyncio.timeout(self._request_s):
                async with self._client.stream(method, address, headers=headers, content=body.encode()) as response:
                    content = await _read(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise unavailable(method, type(error).__name__) from error
        if response.status_code >= 500 or 300 <= response.status_code < 400:
            raise unavailable(method, f"status {response.status_code}")
        return ProviderAnswer(response.status_code, content)


async def _read(response: httpx.Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer; empty if it is something else.

    Raises:
        httpx.DecodingError: it is too large, or compressed, so that its size is unknown.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx.DecodingError("compressed")
    content = bytearray()
    async for chunk in response.aiter_raw(ANSWER_BYTES):
        content += chunk
        if len(content) > MOST_BYTES:
            raise httpx.DecodingError("too large")
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def unavailable(part: str, error: str) -> ProviderUnavailable:
    """Log why the provider cannot be used, without any part of its answer, and return the error for people."""
    logger.warning("the identity provider cannot be used", extra={"part": part, "error": error})
    return ProviderUnavailable(
        "The identity provider of this site does not answer as it should. Try again later, or sign in another way."
    )
