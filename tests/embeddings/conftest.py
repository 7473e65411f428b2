"""The post index over its three engines, which share the same tests, and builders for points."""

import os
import uuid
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.embeddings.domain import PostPoint, Vector
from services.embeddings.post_index import PostIndex

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
Open = Callable[[], Awaitable[PostIndex]]


def an_id(number: int) -> str:
    """Return the same UUID for the same number."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def towards(*axes: int, spread: float = 0.0, seed: int = 0) -> Vector:
    """Return a unit vector between the given axes, with some noise."""
    vector = np.random.default_rng(seed).normal(size=384) * spread
    vector[list(axes)] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def a_post(number: int, **changes: Any) -> PostPoint:
    """Return a published post along an axis of its own."""
    given: dict[str, Any] = {
        "post_id": an_id(number),
        "revision": 1,
        "source_seq": number,
        "vector": towards(number % 384),
        "title": f"Title number {number}",
        "body": f"Body of the post {number}",
        "community": "gardens",
        "author_id": an_id(9_000),
        "kind": "post",
        "created_at": BEGIN + timedelta(hours=number),
    }
    return PostPoint(**(given | changes))


async def prepared(index: PostIndex) -> PostIndex:
    """Prepare the index and return it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client's in-memory engine warns that it has no payload indexes
        await index.prepare()
    return index


@pytest.fixture(params=["edge", "client", "server"])
async def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Open an index; opening again gives the same one.

    `client` is the server's adapter over the client library's in-memory engine, which tests only our side of the
    adapter; `server` tests both sides.
    """
    # Imported here because quick tests use the builders above, and this import takes half a second.
    from qdrant_client import AsyncQdrantClient

    from services.embeddings.adapters import EdgeIndex
    from services.embeddings.adapters.qdrant_server_index import ServerIndex

    opened: list[PostIndex] = []
    collection = f"test-{uuid.uuid4()}"
    url = os.environ.get("OTTIT_TEST_QDRANT_URL")
    if request.param == "server" and not url:
        pytest.skip("no Qdrant server: OTTIT_TEST_QDRANT_URL is not set")

    def create() -> PostIndex:
        if request.param == "edge":
            return EdgeIndex(tmp_path / "index")
        if request.param == "client":
            return ServerIndex(AsyncQdrantClient(path=str(tmp_path / "client")), collection)
        return ServerIndex(AsyncQdrantClient(url=url), collection)

    async def open_one() -> PostIndex:
        opened.append(await prepared(create()))
        return opened[-1]

    yield open_one
    for index in opened:
        await index.close()
    if url and request.param == "server":
        await AsyncQdrantClient(url=url).delete_collection(collection)


@pytest.fixture
async def index(open_index: Open) -> PostIndex:
    """Return an empty index."""
    return await open_index()
