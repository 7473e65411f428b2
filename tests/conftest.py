"""Fixtures that every test may use."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.run import COLLECT_EVERY
from shared.testing import TestBroker, running_broker

# As the services do: syntax trees of the whole product live through the run, and each collection walks them.
gc.set_threshold(COLLECT_EVERY)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """A fresh, provisioned broker for one test."""
    with running_broker(tmp_path) as running:
        yield running
