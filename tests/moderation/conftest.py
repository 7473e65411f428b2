"""One broker for the many short tests of engines, and a provider that speaks its protocol."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.testing import TestBroker, running_broker
from tests.moderation.provider_double import ProviderDouble, provider_double


@pytest.fixture(scope="session")
def engines_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """A broker that tests share: results are kept by provider, shares by person, and each test has its own.

    What all may spend in a day is counted for everybody: a test that limits it takes a broker of its own.
    """
    with running_broker(tmp_path_factory.mktemp("engines")) as running:
        yield running


@pytest.fixture
async def double() -> AsyncIterator[ProviderDouble]:
    """A provider."""
    async with provider_double() as running:
        yield running
