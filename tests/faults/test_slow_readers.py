"""E14: readers of the live updates that never read do not slow anybody else down."""

import asyncio

import httpx
import pytest

from tests.faults import processes
from tests.faults.live import Live

pytestmark = pytest.mark.faults

READERS = 60
# A reader's unread updates are bounded: far less than this for all of them.
MEMORY_GROWTH = 120 * 2**20
WRITES = 150


@pytest.mark.injects("E14")
async def test_readers_that_do_not_read_cost_bounded_memory(live: Live) -> None:
    host, port = live.installation.url.removeprefix("http://").split(":")
    async with live.load():
        await live.until_accepted(20)
        before = processes.usage(live.pid("gateway"))
        readers = [await asyncio.open_connection(host, int(port), limit=1) for _ in range(READERS)]
        for _, writer in readers:
            writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: " + f"{host}:{port}".encode() + b"\r\n\r\n")
        await live.until_accepted(WRITES)
        after = processes.usage(live.pid("gateway"))
        async with httpx.AsyncClient(base_url=live.installation.url, timeout=10) as http:
            (await http.get("/v1/feed")).raise_for_status()
        for _, writer in readers:
            writer.close()
        await live.calm()
    assert before
    assert after
    assert after.memory - before.memory < MEMORY_GROWTH
    await live.verify()
