"""Fixtures that every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import TestBroker, running_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """A fresh, provisioned broker for one test."""
    with running_broker(tmp_path) as running:
        yield running
