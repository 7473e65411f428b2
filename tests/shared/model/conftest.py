"""The real encoder, loaded once because loading is slow."""

import pytest

from shared.model.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder.load(threads=2)
