"""Tests of the health check of the broker's container against made-up answers of the broker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.installation.settings import ROOT
from shared.testing import free_port

SCRIPT = str(ROOT / "deploy" / "nats" / "health.sh")
WRITE_ERROR = "write error: write /data/4.blk: no space left on device"


@contextmanager
def broker(error: str) -> Iterator[str]:
    """Serve the health pages of a broker with this error of a stream; empty: healthy. Yields the address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            failing = bool(error) and "details" in self.path
            self.send_response(503 if failing else 200)
            self.end_headers()
            body = (
                {"status": "error", "errors": [{"stream": "EVENTS", "error": error}]} if failing else {"status": "ok"}
            )
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def check(address: str, folder: Path, who: str | None = None) -> tuple[int, bool]:
    """Run the check. Return its exit code, and whether it ended the broker's process."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        environment = {**os.environ, "OTTIT_HEALTH_URL": address, "OTTIT_BROKER_STORE": str(folder)}
        ran = subprocess.run(["sh", SCRIPT, who or str(process.pid)], env=environment, check=False, timeout=60)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            return ran.returncode, False
        return ran.returncode, True


@pytest.mark.parametrize(
    ("error", "room", "health", "liveness"),
    [
        ("", True, (0, False), 0),
        (WRITE_ERROR, True, (1, True), 1),
        (WRITE_ERROR, False, (1, False), 0),
        ("stream is not current", True, (1, False), 0),
    ],
)
def test_a_broker_is_ended_only_if_that_heals_it(
    tmp_path: Path, error: str, room: bool, health: tuple[int, bool], liveness: int
) -> None:
    folder = tmp_path if room else tmp_path / "missing"
    with broker(error) as address:
        assert check(address, folder) == health
        assert check(address, folder, "kubelet") == (liveness, False)
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_does_not_answer_is_unhealthy_and_ended_by_the_kubelet_only(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    assert check(address, tmp_path) == (1, False)
    assert check(address, tmp_path, "kubelet") == (1, False)
