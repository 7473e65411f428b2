"""The broker of the integration tests: in a container where an engine and the image are there, else embedded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import TestBroker, running_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """A fresh, provisioned broker for one test."""
    # Here, because quick tests, which read this file too, need not wait for the client of Docker.
    from tests.containers.engine import why_no_broker

    if why_no_broker():
        with running_broker(tmp_path) as running:
            yield running
        return
    from tests.containers.broker import ContainerBroker  # needs an engine to be of use

    with running_broker(tmp_path, ContainerBroker) as running:
        yield running
