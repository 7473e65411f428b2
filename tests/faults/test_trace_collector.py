"""E30: the trace collector is away, or takes connections and never answers; posts do not notice."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from shared.testing import free_port
from tests.faults.conftest import make_live
from tests.running_installation import running_installation

pytestmark = pytest.mark.faults


@contextmanager
def silent_collector() -> Iterator[str]:
    """Yield the address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", free_port()), backlog=200) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def no_collector() -> Iterator[str]:
    """Yield an address at which nothing listens."""
    yield f"http://127.0.0.1:{free_port()}"


@pytest.mark.injects("E30")
@pytest.mark.parametrize("collector", [silent_collector, no_collector])
async def test_an_unusable_trace_collector_loses_nothing(
    collector: Callable[[], AbstractContextManager[str]],
    fault_seed: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    with (
        collector() as address,
        running_installation(
            tmp_path / "data", OTTIT_RATE_SCALE="1000", OTEL_EXPORTER_OTLP_ENDPOINT=address
        ) as installation,
    ):
        live = make_live(installation, fault_seed, tmp_path, request)
        async with live.load():
            await live.until_accepted(120)
            await live.calm()
        await live.verify()
        assert await asyncio.to_thread(installation.stop) == 0
