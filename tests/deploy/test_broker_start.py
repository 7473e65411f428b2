"""Tests of what the operator is told while the broker does not open its port."""

import asyncio
import io
from pathlib import Path

from deploy.local.broker_start import unread_streams, wait_for_broker
from deploy.local.terminal import Terminal
from shared.testing import free_port

# Shortened lines of nats-server 2.15.1, whose start never ended because of a flipped bit in a block of KV_KEYS.
LOG = """
[1] [INF] Starting nats-server
[1] [INF]   Starting restore for stream 'OTTIT > SIGNALS'
[2] [INF] Starting nats-server
[2] [INF]   Starting restore for stream 'OTTIT > EVENTS'
[2] [INF]   Starting restore for stream 'OTTIT > KV_KEYS'
[2] [INF]   Restored 213 messages for stream 'OTTIT > EVENTS' in 89ms
"""


def test_the_streams_that_are_still_read_are_those_of_the_last_start(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    assert unread_streams(log) == []
    log.write_text(LOG)
    assert unread_streams(log) == ["KV_KEYS"]


async def test_a_broker_that_opens_no_port_is_reported_with_what_it_reads(tmp_path: Path) -> None:
    log, port, told = tmp_path / "broker.log", free_port(), io.StringIO()
    log.write_text(LOG)
    waiting = asyncio.create_task(wait_for_broker(f"nats://127.0.0.1:{port}", log, Terminal(told), first_note_s=0.05))
    while "KV_KEYS" not in told.getvalue():  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert "ottit restore" in told.getvalue()
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    async with server, asyncio.timeout(60.0):
        await waiting
