"""Asks the gateway's `/readyz` if the installation is ready, service by service."""

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from shared.telemetry.printable import printable_values

# `/readyz` itself waits up to 2 s for the broker and 2 s for a service that does not answer, longer on a busy machine.
REQUEST_TIMEOUT_S = 8.0
# Requests to this machine bypass any proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class PartReadiness:
    """The readiness of one service. `reason`: why it is not ok, or a note if it is; `lag`: messages waiting for it."""

    ok: bool
    reason: str = ""
    lag: int = 0

    @property
    def is_silent(self) -> bool:
        """Tells if the service gave no answer, which a service that reports a problem does."""
        return self.reason.startswith("does not answer")

    @property
    def is_unknown(self) -> bool:
        """Tells if nobody could ask the service, because the broker does not answer."""
        return self.reason.startswith("unknown")


@dataclass(frozen=True)
class Readiness:
    """The readiness of the installation, as the gateway reports it."""

    ready: bool
    parts: dict[str, PartReadiness] = field(default_factory=dict)

    @property
    def lag(self) -> int:
        """Messages waiting for any service."""
        return sum(part.lag for part in self.parts.values())


async def ask_readiness(url: str) -> Readiness:
    """Ask the gateway. Without an answer the result is not ready and has no parts."""
    return await asyncio.to_thread(_ask, url)


def read_answer(body: bytes) -> Readiness:
    """Parse an answer of `/readyz`.

    Raises:
        ValueError: the body is not an answer of `/readyz`.
    """
    answer = printable_values(json.loads(body))
    if not isinstance(answer, dict) or not isinstance(answer.get("parts"), dict):
        raise ValueError("not an answer of /readyz")
    parts = {name: _read_part(value) for name, value in answer["parts"].items()}
    return Readiness(bool(answer.get("ready")), parts)


def _ask(url: str) -> Readiness:
    try:
        return read_answer(_body(f"{url}/readyz"))
    except (OSError, HTTPException, ValueError):  # no answer, another program, or an interrupted answer
        return Readiness(False)


def _body(address: str) -> bytes:
    try:
        with DIRECT.open(address, timeout=REQUEST_TIMEOUT_S) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as refusal:  # 503 has the same body
        return refusal.read()


def _read_part(value: Any) -> PartReadiness:
    if not isinstance(value, dict):
        raise ValueError("not a part of an answer of /readyz")
    state = str(value.get("state"))
    reason = str(value.get("note", "")) if state == "ok" else state
    return PartReadiness(state == "ok", reason, int(value.get("lag", 0)))
