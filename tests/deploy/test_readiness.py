"""Answers of `/readyz`, and the required version of Node."""

import asyncio
import json

import pytest

from deploy.local.install.client import is_new_enough
from deploy.local.readiness import PartReadiness, Readiness, ask_readiness, read_answer
from shared.testing import free_port


def test_every_service_has_its_state_and_lag() -> None:
    noted = {"state": "ok", "note": "openai: circuit open"}
    parts = {"gateway": {"state": "ok", "lag": 2}, "moderation": {"state": "no model", "lag": 40}, "ranking": noted}
    answer = read_answer(json.dumps({"ready": False, "parts": parts}).encode())

    assert answer == Readiness(
        False,
        {
            "gateway": PartReadiness(True, "", 2),
            "moderation": PartReadiness(False, "no model", 40),
            "ranking": PartReadiness(True, "openai: circuit open", 0),
        },
    )
    assert answer.lag == 42


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ready": true}', b"<html>", b'{"parts": {"gateway": 1}}'])
def test_a_wrong_answer_is_rejected(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one
        read_answer(body)


async def test_without_an_answer_nothing_is_ready() -> None:
    assert await ask_readiness(f"http://127.0.0.1:{free_port()}") == Readiness(False)


@pytest.mark.parametrize("response", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"])
async def test_a_foreign_or_interrupted_answer_is_not_ready(response: bytes) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        assert await ask_readiness(f"http://{host}:{port}") == Readiness(False)


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.19.0\n", True),
        ("v22.12.0", True),
        ("v24.0.0", True),
        ("v25.1.0-nightly", True),
        ("v20.18.3", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v18.20.0", False),
        ("", False),
    ],
)
def test_node_is_new_enough_if_vite_supports_it(version: str, enough: bool) -> None:
    assert is_new_enough(version) is enough
