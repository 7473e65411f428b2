"""The key of a Qdrant server is sent with every request, and without a complaint about the network."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.embeddings.app import open_index
from services.embeddings.settings import Settings
from shared.testing import MASTER_KEY
from tests.header_recorder import header_recorder

EMPTY = b'{"result": [], "status": "ok", "time": 0.0}'


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    """Yield the address of a server without points, and the keys that it was sent."""
    with header_recorder("api-key", EMPTY) as server:
        yield server


@pytest.mark.parametrize(("key", "expected"), [("p1", "p1"), ("", None)])
async def test_the_key_of_the_settings_is_sent(
    server: tuple[str, list[str | None]], tmp_path: Path, key: str, expected: str | None
) -> None:
    address, sent = server
    settings = Settings(
        qdrant_url=address,
        qdrant_api_key=SecretStr(key),
        master_key=SecretStr(MASTER_KEY),
        data_dir=tmp_path,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        index = open_index(settings)
    assert await index.sequence("a1") == 0
    assert sent == [expected]
