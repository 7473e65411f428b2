"""A provider with OpenAI's protocol over HTTP: it validates requests, and misbehaves on demand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.ids import new_id
from shared.policy import CATEGORIES
from shared.testing import free_port

CHAT, MODERATIONS = "/v1/chat/completions", "/v1/moderations"
KEY = "sk-test-0123456789abcdef"
# A text with one of these words gets a high score in every category: from the chat model, or from both endpoints.
CHAT_WORD, BOTH_WORD = "zzchat", "zzboth"
HIGH, LOW = 0.97, 0.01
OPENAI_CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as received."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes


@dataclass
class Exchange:
    """One request, and the connection for its response."""

    request: ReceivedRequest
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def until_gone(self) -> None:
        """Wait until the client disconnects."""
        await self.reader.read(1)

    async def answer(
        self, body: bytes, status: int = 200, content_type: str = "application/json", **headers: str
    ) -> None:
        """Send a complete response."""
        self.head(len(body), status, content_type, **headers)
        self.writer.write(body)
        await self.writer.drain()

    def head(self, length: int, status: int = 200, content_type: str = "application/json", **headers: str) -> None:
        """Send the head of a response; its content length may be more than will be sent."""
        lines = [f"HTTP/1.1 {status} Status", f"content-type: {content_type}", f"content-length: {length}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


Behavior = Callable[[Exchange], Awaitable[None]]


@dataclass
class ProviderDouble:
    """The server. `next` has behaviors for the next requests by path, in order; later ones get a good response."""

    # Scores are cached by provider, and a later double may get the port of an earlier one.
    name: str = field(default_factory=new_id)
    port: int = field(default_factory=free_port)
    key: str = KEY
    requests: list[ReceivedRequest] = field(default_factory=list)
    next: dict[str, list[Behavior]] = field(default_factory=lambda: {CHAT: [], MODERATIONS: []})
    always: dict[str, Behavior] = field(default_factory=dict)
    # Also requests that OpenAI would refuse, and a slash at the end of the path.
    accepts_every_form: bool = False
    concurrent: int = 0
    max_concurrent: int = 0

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"http://127.0.0.1:{self.port}/{self.name}/v1"

    def count(self, path: str) -> int:
        """Return the number of requests to a path."""
        return sum(request.path == path for request in self.requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while request := await self._read(reader):
                self.requests.append(request)
                self.concurrent += 1
                self.max_concurrent = max(self.max_concurrent, self.concurrent)
                try:
                    await self._behavior(request)(Exchange(request, reader, writer))
                finally:
                    self.concurrent -= 1
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has given up, or the test is over
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> ReceivedRequest | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        return ReceivedRequest(first.split()[1].removeprefix(f"/{self.name}"), headers, orjson.loads(raw or b"{}"), raw)

    def _behavior(self, request: ReceivedRequest) -> Behavior:
        if not self.accepts_every_form and (fault := refusal_of(request, self.key)) is not None:
            return fault
        if request.path in self.always:
            return self.always[request.path]
        waiting = self.next.get(request.path, [])
        return waiting.pop(0) if waiting else behave


@asynccontextmanager
async def provider_double() -> AsyncIterator[ProviderDouble]:
    """Run a double."""
    double = ProviderDouble()
    server = await asyncio.start_server(double.serve, "127.0.0.1", double.port)
    try:
        yield double
    finally:
        server.close()


async def behave(exchange: Exchange) -> None:
    """Respond as a working provider does."""
    await exchange.answer(orjson.dumps(usual_answer(exchange.request)))


def usual_answer(request: ReceivedRequest) -> dict[str, Any]:
    """Return the response of a working provider."""
    text = orjson.dumps(request.body).decode()
    if request.path == MODERATIONS:
        scores: dict[str, float] = dict.fromkeys(OPENAI_CATEGORIES, HIGH if BOTH_WORD in text else LOW)
        scores["sexual/minors"] = LOW
        flags = {name: score > 0.5 for name, score in scores.items()}
        result = {"flagged": any(flags.values()), "categories": flags, "category_scores": scores}
        return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}
    high = CHAT_WORD in text or BOTH_WORD in text
    # Of texts about minors only people decide, whatever the other scores.
    scores = {name: HIGH if high and name != "sexual_minors" else LOW for name in CATEGORIES}
    return completion(orjson.dumps({"scores": scores, "rationale": "It is what it is."}).decode())


def completion(content: str | None, **changes: Any) -> dict[str, Any]:
    """Return a chat completion with this content; `changes` go into its choice."""
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None} | changes],
        "usage": {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460},
    }


def refusal_of(request: ReceivedRequest, key: str) -> Behavior | None:
    """Return the refusal that a real provider would give, or None."""
    if request.path.removesuffix("/") not in (CHAT, MODERATIONS):
        return refuses(404, "unknown_url")
    if request.headers.get("authorization") != f"Bearer {key}":
        return refuses(401, "invalid_api_key", f"Incorrect API key provided: {request.headers.get('authorization')}")
    if request.path == CHAT:
        schema = request.body.get("response_format", {}).get("json_schema", {})
        roles = [message.get("role") for message in request.body.get("messages", [])]
        if schema.get("strict") is not True or not request.body.get("model") or roles != ["system", "user"]:
            return refuses(400, "invalid_request_error")
    return None


def refuses(status: int, code: str, message: str = "", **headers: str) -> Behavior:
    """Refuse with an error of the API, whose message quotes the request, as providers do."""

    async def refuse(exchange: Exchange) -> None:
        text = message or f"{code}: {exchange.request.raw.decode()} {exchange.request.headers.get('authorization')}"
        error = {"error": {"message": text, "type": code, "param": None, "code": code}}
        await exchange.answer(orjson.dumps(error), status, **headers)

    return refuse
