"""Submits batches to `POST /v1/import`: pauses when the gateway asks for it and resumes when it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import orjson

from deploy.cli.importing.batches import Batch
from deploy.cli.importing.source.rows import RefusedRow

# 100 rows are 100 fsynced appends, which take seconds on a slow disk.
TIMEOUT_S = 60.0
# A restarting gateway is back within seconds; after five minutes it is down.
GIVE_UP_AFTER_S = 300.0
FIRST_WAIT_S, LONGEST_PAUSE_S = 0.5, 15.0
# The gateway knows a new token when its view has caught up with the log: at once, or soon after a start.
NEW_TOKEN_GRACE_S = 20.0
RETRY_STATUSES = frozenset({429, 502, 503, 504, 507})
Pause = Callable[[float], Awaitable[None]]


class ImportRejected(Exception):
    """The gateway rejects the import; the message says why."""


@dataclass(frozen=True)
class BatchResult:
    """The result of a batch."""

    accepted: int
    repeated: int
    refused: list[RefusedRow]


class Submitter:
    """Sends batches one after another. `say` receives the reason for a wait; `pause` waits a number of seconds."""

    def __init__(self, client: httpx.AsyncClient, say: Callable[[str], None], pause: Pause = asyncio.sleep) -> None:
        self._client = client
        self._say = say
        self._pause = pause
        self._known = False  # true after the gateway has accepted the token once
        self._waited = 0.0

    async def submit(self, batch: Batch) -> BatchResult:
        """Send a batch until it is accepted. Repeating it is harmless: post ids are derived from the file's ids.

        Raises:
            ImportRejected: the gateway rejects the whole request, or does not answer for too long.
        """
        accepted, repeated, refused = 0, 0, list[RefusedRow]()
        for rows in batch.waves():
            answer = await self._send(orjson.dumps({"posts": [row.post for row in rows]}))
            self._known, self._waited = True, 0.0
            for row, result in zip(rows, answer.json()["results"], strict=True):
                if result["state"] == "refused":
                    code, reason = result["code"] or "refused", result["detail"] or ""
                    refused.append(RefusedRow(row.line, row.source_id or row.id, code, reason, row.post))
                accepted += result["state"] == "accepted"
                repeated += result["state"] == "repeat"
        return BatchResult(accepted, repeated, refused)

    async def _send(self, body: bytes) -> httpx.Response:
        pause = FIRST_WAIT_S
        while True:
            try:
                answer = await self._client.post("/v1/import", content=body)
            except httpx.TransportError as error:
                await self._wait(f"{self._client.base_url} does not answer ({type(error).__name__})", pause)
            else:
                if answer.status_code == 200:
                    return answer
                await self._wait(self._reason(answer), _requested_pause(answer) or pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _wait(self, reason: str, seconds: float) -> None:
        if self._waited >= GIVE_UP_AFTER_S:
            raise ImportRejected(f"Gave up after {self._waited:.0f} s: {reason}")
        if self._waited:  # no message for the first wait
            self._say(f"{reason}; retrying")
        self._waited += seconds
        await self._pause(seconds)

    def _reason(self, answer: httpx.Response) -> str:
        """Return the reason for a retry. Raises ImportRejected if a retry is useless."""
        if answer.status_code in RETRY_STATUSES:
            return f"the gateway answers {answer.status_code}"
        if answer.status_code in (401, 403) and not self._known and self._waited < NEW_TOKEN_GRACE_S:
            return "the gateway does not know the token yet"
        raise ImportRejected(f"The gateway answers {answer.status_code}: {answer.text[:300]}")


def _requested_pause(answer: httpx.Response) -> float | None:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def make_client(url: str, token: str) -> httpx.AsyncClient:
    """Return an HTTP client for a gateway. The caller closes it."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    local = "//127.0.0.1" in url or "//localhost" in url or "//[::1]" in url
    # Requests to this machine bypass any proxy.
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=not local)
