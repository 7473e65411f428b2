"""Whether the installation is ready, as the gateway's `/readyz` says it, part by part."""

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

# `/readyz` itself waits up to 2 s for a part that does not answer.
ANSWER_WITHIN_S = 4.0
# This machine's own address is not asked for through anybody's proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class PartReadiness:
    """`ok` or not; `why`, also what is not well though it works; `lag` is how many messages wait for it."""

    ok: bool
    why: str = ""
    lag: int = 0


@dataclass(frozen=True)
class Readiness:
    """The whole: ready when the gateway says so."""

    ready: bool
    parts: dict[str, PartReadiness] = field(default_factory=dict)

    @property
    def lag(self) -> int:
        """Messages that wait anywhere."""
        return sum(part.lag for part in self.parts.values())


async def ask_readiness(url: str) -> Readiness:
    """The gateway's answer; not ready and without parts where there is none."""
    return await asyncio.to_thread(_ask, url)


def read_answer(body: bytes) -> Readiness:
    """The answer of `/readyz` as values.

    Raises:
        ValueError: the body is not that of `/readyz`.
    """
    answer = json.loads(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("parts"), dict):
        raise ValueError("not an answer of /readyz")
    parts = {name: _read_part(value) for name, value in answer["parts"].items()}
    return Readiness(bool(answer.get("ready")), parts)


def _ask(url: str) -> Readiness:
    try:
        return read_answer(_body(f"{url}/readyz"))
    except (OSError, HTTPException, ValueError):  # nobody, somebody else, or cut off in the middle
        return Readiness(False)


def _body(address: str) -> bytes:
    try:
        with DIRECT.open(address, timeout=ANSWER_WITHIN_S) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as refusal:  # 503 has the same body
        return refusal.read()


def _read_part(value: Any) -> PartReadiness:
    if not isinstance(value, dict):
        raise ValueError("not a part of an answer of /readyz")
    state = str(value.get("state"))
    why = str(value.get("note", "")) if state == "ok" else state
    return PartReadiness(state == "ok", why, int(value.get("lag", 0)))
