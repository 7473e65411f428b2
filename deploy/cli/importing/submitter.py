"""Submits batches to `POST /v1/import`: pauses when the gateway asks for it and resumes when it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import orjson

from deploy.cli.importing.source import Batch, RefusedRow

# 100 rows are 100 fsynced appends: a slow disk has been seen to take seconds for them.
TIMEOUT_S = 60.0
# A gateway that restarts is back within seconds; who is away for five minutes is away.
GIVE_UP_AFTER_S = 300.0
FIRST_WAIT_S, LONGEST_PAUSE_S = 0.5, 15.0
# A new token is known to the gateway when its view has caught up with the log: at once, or soon after a start.
NEW_TOKEN_GRACE_S = 20.0
RETRY_STATUSES = frozenset({429, 502, 503, 504})
Pause = Callable[[float], Awaitable[None]]


class ImportRejected(Exception):
    """The gateway will not take the import; the message says why."""


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch."""

    accepted: int
    repeated: int
    refused: list[RefusedRow]


class Submitter:
    """Sends one batch after another. `say` hears why it waits; `pause` waits so many seconds."""

    def __init__(self, client: httpx.AsyncClient, say: Callable[[str], None], pause: Pause = asyncio.sleep) -> None:
        self._client = client
        self._say = say
        self._pause = pause
        self._known = False  # whether the gateway has taken our token once
        self._waited = 0.0

    async def submit(self, batch: Batch) -> BatchResult:
        """Send a batch until it is taken; sending it again is harmless, the ids are derived from the file's.

        Raises:
            NotTaken: the gateway refuses the whole request, or has been away for too long.
        """
        accepted, repeated, refused = 0, 0, list[RefusedRow]()
        for rows in batch.waves():
            answer = await self._send(orjson.dumps({"posts": [row.post for row in rows]}))
            self._known, self._waited = True, 0.0
            for row, result in zip(rows, answer.json()["results"], strict=True):
                if result["state"] == "refused":
                    refused.append(RefusedRow(row.line, row.id, result["code"] or "refused", result["detail"] or ""))
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
                await self._wait(self._reason(answer), _asked_pause(answer) or pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _wait(self, reason: str, seconds: float) -> None:
        if self._waited >= GIVE_UP_AFTER_S:
            raise ImportRejected(f"Gave up after {self._waited:.0f} s: {reason}")
        if self._waited:  # once is nothing to speak of
            self._say(f"{reason}; trying again")
        self._waited += seconds
        await self._pause(seconds)

    def _reason(self, answer: httpx.Response) -> str:
        """Why to send it again; raises where that is of no use."""
        if answer.status_code in RETRY_STATUSES:
            return f"the gateway answers {answer.status_code}"
        if answer.status_code in (401, 403) and not self._known and self._waited < NEW_TOKEN_GRACE_S:
            return "the gateway does not know the token yet"
        raise ImportRejected(f"The gateway answers {answer.status_code}: {answer.text[:300]}")


def _asked_pause(answer: httpx.Response) -> float | None:
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None


def make_client(url: str, token: str) -> httpx.AsyncClient:
    """A client of one gateway. The caller closes it."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    local = "//127.0.0.1" in url or "//localhost" in url or "//[::1]" in url
    # This machine's own address is not asked for through anybody's proxy.
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=not local)
