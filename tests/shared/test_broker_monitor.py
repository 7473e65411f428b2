"""Tests that the broker's problems are told without paths of the machine."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from shared.messaging.broker_monitor import broker_problem

WRITE_ERROR = {
    "status": "error",
    "errors": [{
        "type": "STREAM", "account": "OTTIT", "stream": "EVENTS",
        "error": "write error: write /data/x/jetstream/OTTIT/streams/EVENTS/msgs/4.blk: no space left on device",
    }],
}  # fmt: skip


class Page(BaseHTTPRequestHandler):
    """The broker's health page after a write error."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(json.dumps(WRITE_ERROR).encode())

    def log_message(self, *_: object) -> None:
        return


async def test_a_write_error_is_told_without_its_path() -> None:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        problem = await broker_problem(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert problem == "EVENTS: write error: write its file: no space left on device"
