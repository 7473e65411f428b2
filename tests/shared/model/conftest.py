"""The real encoder, loaded once: it is the slow part of these tests."""

import pytest

from shared.model.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder.load(threads=2)
