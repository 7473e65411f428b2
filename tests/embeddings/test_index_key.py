"""The key of a Qdrant server is sent with every request, and without a complaint about the network."""

import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import SecretStr

from services.embeddings.app import open_index
from services.embeddings.settings import Settings
from shared.testing import MASTER_KEY

EMPTY = b'{"result": [], "status": "ok", "time": 0.0}'


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    """Yield the address of a server without points, and the keys that it was sent."""
    sent: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            sent.append(self.headers["api-key"])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(EMPTY)))
            self.end_headers()
            self.wfile.write(EMPTY)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the output of the tests clean."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}", sent
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.mark.parametrize(("key", "expected"), [("p1", "p1"), ("", None)])
async def test_the_key_of_the_settings_is_sent(
    server: tuple[str, list[str | None]], tmp_path: Path, key: str, expected: str | None
) -> None:
    address, sent = server
    settings = Settings(
        qdrant_url=address,
        qdrant_api_key=SecretStr(key),
        master_key=SecretStr(MASTER_KEY),
        data_dir=tmp_path,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        index = open_index(settings)
    assert await index.sequence("a1") == 0
    assert sent == [expected]
