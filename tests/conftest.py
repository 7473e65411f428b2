"""Fixtures that every test may use."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_asyncio import is_async_test

from shared.run_service import COLLECT_EVERY
from shared.testing import TestBroker, running_broker

# As the services do: syntax trees of the whole product live through the run, and each collection walks them.
gc.set_threshold(COLLECT_EVERY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser run in one event loop, because they share the browser."""
    in_one_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if isinstance(item, pytest.Function) and "chromium" in item.fixturenames and is_async_test(item):
            item.add_marker(in_one_loop, append=False)


def pytest_sessionfinish() -> None:
    """Keep pytest's last five collections from walking everything that the run has loaded."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker the integration tests have run on."""
    if any("tests/integration/" in report.nodeid for report in terminalreporter.getreports("passed")):
        # Here, because the client of Docker takes half a second that quick tests need not wait for.
        from tests.containers.engine import image, why_no_broker

        missing = why_no_broker()
        where = f"the embedded nats-server ({missing})" if missing else f"testcontainers: {image('NATS_IMAGE')}"
        terminalreporter.write_line(f"The integration tests' broker: {where}")


# How long an example takes says how busy the machine is, and nothing about the example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# For `make unit`: enough to see a plain mistake at once; every other run draws a hundred.
settings.register_profile("quick", max_examples=20)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """A fresh, provisioned broker for one test."""
    with running_broker(tmp_path) as running:
        yield running
