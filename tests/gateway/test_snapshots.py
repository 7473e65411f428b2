"""Tests of the size of snapshots."""

from typing import cast

from services.gateway.device.newest_post_queries import Newest, NewestPost, NewestPostQueries, Wanted
from services.gateway.device.snapshot_format import PackedVector
from services.gateway.device.snapshots import EACH, OVERALL, SnapshotBuilder, SnapshotRequest
from services.gateway.device.vector_cache import VectorCache
from shared.ids import new_id

LIMIT = 4_000_000


class FullView:
    """A site full of posts with the longest possible titles in bytes."""

    def __init__(self, title: str) -> None:
        self._posts = tuple(
            NewestPost(sequence, new_id(), f"community-{sequence % 100}", title, 1_700_000_000.0)
            for sequence in range(OVERALL + 8 * EACH, 0, -1)
        )

    async def read(self, wanted: Wanted) -> Newest:
        """Return all posts."""
        return Newest(self._posts, (), "a log", self._posts[0].sequence, complete=True)


class FullCache:
    """A vector cache with a vector for every post."""

    vectors, dimensions = "kind", 384

    async def of(self, posts: list[NewestPost]) -> dict[str, PackedVector]:
        """Return a vector for each post."""
        return {post.post_id: PackedVector(0.01, bytes(384)) for post in posts}


async def weight(title: str) -> int:
    builder = SnapshotBuilder(cast("NewestPostQueries", FullView(title)), cast("VectorCache", FullCache()))
    return len(await builder.build(SnapshotRequest((), None, with_vectors=True)))


async def test_the_largest_snapshot_stays_below_the_limit() -> None:
    assert await weight("🍞" * 300) <= LIMIT
    assert await weight("A title of some sixty letters, as people write them every day") > 0.9 * LIMIT
