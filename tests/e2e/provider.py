"""A provider of a language model for browsers: OpenAI's chat API over HTTP with CORS, as large as a test needs it."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mode = Literal[
    "fine", "strict", "slow", "prose", "outcome", "page", "no_cors", "unauthorized", "too_many", "broken", "cut"
]
CATEGORIES = ("hate", "harassment", "violence", "self_harm", "sexual", "spam")
STATUS: dict[Mode, int] = {"unauthorized": 401, "too_many": 429, "broken": 500}
SLOW_S = 3.0


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def for_scores(self) -> bool:
        """Whether it wants an assessment, and not words."""
        return "response_format" in self.body


@dataclass
class Provider:
    """What it answers, and what it was asked."""

    url: str = ""
    mode: Mode = "fine"
    scores: dict[str, float] = field(default_factory=dict)
    words: str = "A calmer way to say it."
    asked: list[Asked] = field(default_factory=list)

    @property
    def questions(self) -> list[Asked]:
        """The requests that carried a question, without the browser's own preflights."""
        return [asked for asked in self.asked if asked.method == "POST"]

    def answer(self, asked: Asked) -> tuple[int, str]:
        """Status and body of an answer."""
        if self.mode in STATUS:
            return STATUS[self.mode], '{"error": {"message": "no"}}'
        if self.mode == "strict" and asked.body.get("response_format", {}).get("type") == "json_schema":
            return 400, '{"error": {"message": "response_format is not supported"}}'
        if self.mode == "page":
            return 200, "<html><body>Welcome to nginx!</body></html>"
        if self.mode == "cut":
            return 200, _completion('{"scores": {', "length")
        return 200, _completion(self._content(asked))

    def _content(self, asked: Asked) -> str:
        if not asked.for_scores:
            return self.words
        if self.mode == "prose":
            return "This post is fine. Outcome: published."
        scores = dict.fromkeys(CATEGORIES, 0.01) | self.scores
        answer: dict[str, Any] = {"scores": scores, "rationale": "It reads calmly."}
        return json.dumps(answer | ({"outcome": "published"} if self.mode == "outcome" else {}))


def _completion(content: str, finish: str = "stop") -> str:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    usage = {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage})


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error unless a page has gone away without waiting for its answer, which tests do on purpose."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self._take("OPTIONS")
            self._send(204, "")

        def do_GET(self) -> None:
            self._take("GET")
            self._send(200, '{"data": []}')

        def do_POST(self) -> None:
            asked = self._take("POST")
            if provider.mode == "slow":
                time.sleep(SLOW_S)
            self._send(*provider.answer(asked))

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

        def _take(self, method: str) -> Asked:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(method, self.path, headers, json.loads(raw) if raw else {})
            provider.asked.append(asked)
            return asked

        def _send(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            if provider.mode != "no_cors":
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Access-Control-Allow-Headers", "authorization, content-type")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = _Server(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
