"""The broker of the integration tests: in a container if an engine and the image are available, else embedded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import TestBroker, running_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    """Yield a new, provisioned broker for one test."""
    # Imported here, so that quick tests, which also load this file, do not wait for the Docker client.
    from tests.containers.engine import why_no_broker

    if why_no_broker():
        with running_broker(tmp_path) as running:
            yield running
        return
    from tests.containers.broker import ContainerBroker  # only useful with an engine

    with running_broker(tmp_path, ContainerBroker) as running:
        yield running
