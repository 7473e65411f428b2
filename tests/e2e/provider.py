"""A fake provider for browsers: the part of OpenAI's chat API that the client uses, over HTTP with CORS."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mode = Literal["fine", "strict", "slow", "prose", "page", "no_cors", "unauthorized", "too_many", "broken", "cut"]
CATEGORIES = ("hate", "harassment", "violence", "self_harm", "sexual", "spam")
STATUS: dict[Mode, int] = {"unauthorized": 401, "too_many": 429, "broken": 500}
SLOW_S = 3.0


@dataclass
class ReceivedRequest:
    """One request as received."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def is_for_scores(self) -> bool:
        """True if the request is for scores, not for a suggestion."""
        return "response_format" in self.body


@dataclass
class Provider:
    """Its answers, and the requests that it received."""

    url: str = ""
    mode: Mode = "fine"
    scores: dict[str, float] = field(default_factory=dict)
    suggestion: str = "A calmer way to say it."
    requests: list[ReceivedRequest] = field(default_factory=list)

    @property
    def calls(self) -> list[ReceivedRequest]:
        """The requests without preflights of the browser."""
        return [request for request in self.requests if request.method == "POST"]

    def answer(self, request: ReceivedRequest) -> tuple[int, str]:
        """Return status and body of the answer."""
        if self.mode in STATUS:
            return STATUS[self.mode], '{"error": {"message": "no"}}'
        if self.mode == "strict" and request.body.get("response_format", {}).get("type") == "json_schema":
            return 400, '{"error": {"message": "response_format is not supported"}}'
        if self.mode == "page":
            return 200, "<html><body>Welcome to nginx!</body></html>"
        if self.mode == "cut":
            return 200, _completion('{"scores": {', "length")
        return 200, _completion(self._content(request))

    def _content(self, request: ReceivedRequest) -> str:
        if not request.is_for_scores:
            return self.suggestion
        if self.mode == "prose":
            return "This post is fine. Outcome: published."
        scores = dict.fromkeys(CATEGORIES, 0.01) | self.scores
        answer: dict[str, Any] = {"scores": scores, "rationale": "It reads calmly."}
        return json.dumps(answer)


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
    """Run a provider on a free port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self._receive("OPTIONS")
            self._send(204, "")

        def do_GET(self) -> None:
            self._receive("GET")
            self._send(200, '{"data": []}')

        def do_POST(self) -> None:
            request = self._receive("POST")
            if provider.mode == "slow":
                time.sleep(SLOW_S)
            self._send(*provider.answer(request))

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

        def _receive(self, method: str) -> ReceivedRequest:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = ReceivedRequest(method, self.path, headers, json.loads(raw) if raw else {})
            provider.requests.append(request)
            return request

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
