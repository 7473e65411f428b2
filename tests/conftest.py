"""Fixtures that every test may use."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_asyncio import is_async_test

from shared.run_service import COLLECT_EVERY
from shared.testing import TestBroker, running_broker

# As in the services: each collection walks the syntax trees of the whole product, which stay loaded.
gc.set_threshold(COLLECT_EVERY)

# Brokers sync every message to disk, and nobody needs a run's files after it: they go into memory where there is room.
# A run takes well below a gigabyte of it; containers often have 64 MB.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser run in one event loop, because they share the browser."""
    in_one_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if isinstance(item, pytest.Function) and "chromium" in item.fixturenames and is_async_test(item):
            item.add_marker(in_one_loop, append=False)


def pytest_sessionfinish() -> None:
    """Spare pytest's five garbage collections at its end the walk through all that the run has loaded."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker the integration tests have run on."""
    if any("tests/integration/" in report.nodeid for report in terminalreporter.getreports("passed")):
        # Imported here, because Docker's client takes half a second to import.
        from tests.containers.engine import image, why_no_broker

        missing = why_no_broker()
        where = f"the embedded nats-server ({missing})" if missing else f"testcontainers: {image('NATS_IMAGE')}"
        terminalreporter.write_line(f"The integration tests' broker: {where}")


# The duration of an example depends on the load of the machine, not on the example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# For `make unit`: enough to find plain mistakes; other runs draw a hundred.
settings.register_profile("quick", max_examples=20)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """A fresh, provisioned broker for one test."""
    with running_broker(tmp_path) as running:
        yield running
