"""A broker that the tests of engines share, and a fake provider."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.testing import TestBroker, running_broker
from tests.moderation.provider_double import ProviderDouble, provider_double


@pytest.fixture(scope="session")
def engines_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """A shared broker: scores are cached by provider, texts are counted by user, and each test has its own of both.

    The daily cost is counted for all, so a test that limits it uses a separate broker.
    """
    with running_broker(tmp_path_factory.mktemp("engines")) as running:
        yield running


@pytest.fixture
async def double() -> AsyncIterator[ProviderDouble]:
    """A fake provider."""
    async with provider_double() as running:
        yield running
