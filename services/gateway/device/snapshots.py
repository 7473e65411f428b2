"""Builds snapshots of the newest public posts for devices, with the vectors that embeddings has."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.device.newest_post_queries import Newest, NewestPost, NewestPostQueries, Wanted
from services.gateway.device.snapshot_format import LONGEST_TITLE, Head, PackedVector, pack
from services.gateway.device.vector_cache import VectorCache

# A row is 418 bytes, and its title 60 bytes on average: 6,000 are 2.9 MB, and eight communities add at most 1.2 MB.
OVERALL, EACH, COMMUNITIES = 6000, 300, 8
# The limit of a snapshot; the oldest posts are left out. The head and the take-downs have the rest of 4 MB.
MOST_BYTES = 3_900_000
ROW_BYTES = 8 + 4 + 4 + 2 + 16
# The vector of a new post arrives within seconds. Posts behind these without a vector are not waited for.
LATE = 200


@dataclass(frozen=True)
class SnapshotRequest:
    """`since`: the `until` of the snapshot on the device; None without one."""

    communities: Sequence[str]
    since: str | None
    with_vectors: bool


class SnapshotBuilder:
    """Builds snapshots, the same for everybody who asks for the same communities."""

    def __init__(self, newest: NewestPostQueries, vectors: VectorCache) -> None:
        self._newest = newest
        self._vectors = vectors

    async def build(self, request: SnapshotRequest) -> bytes:
        """Return a whole snapshot, or the changes since the device's own if they are known."""
        found, whole = await self._changes(request)
        if not request.with_vectors:
            head = Head(f"{_log_id(found)}-{found.reached}", whole, "", 0)
            return pack(head, _fitting(found.posts, 0), {}, found.gone)
        vectors = await self._vectors.of(found.posts)
        posts = _fitting(found.posts, self._vectors.dimensions)
        until = f"{_log_id(found)}-{_until(found, vectors)}"
        head = Head(until, whole, self._vectors.vectors, self._vectors.dimensions)
        return pack(head, posts, vectors or {}, found.gone)

    async def _changes(self, request: SnapshotRequest) -> tuple[Newest, bool]:
        """Return the posts to send, and whether they replace the device's own."""
        communities = request.communities[:COMMUNITIES]
        log, since = _read_until(request.since)
        if since:
            found = await self._newest.read(Wanted(communities, OVERALL, EACH, since))
            if log == _log_id(found) and since <= found.reached and found.complete:
                return found, False
        return await self._newest.read(Wanted(communities, OVERALL, EACH)), True


def _read_until(until: str | None) -> tuple[str, int]:
    log, _, number = (until or "").partition("-")
    return log, int(number) if number.isdecimal() else 0


def _log_id(found: Newest) -> str:
    """Return a short id of the log: sequences of another log mean nothing."""
    return hashlib.sha256(found.log.encode()).hexdigest()[:8]


def _until(found: Newest, vectors: Mapping[str, PackedVector] | None) -> int:
    """Return the sequence up to which nothing is missing: before the oldest late vector. 0: ask for all again."""
    if vectors is None:
        return 0
    late = [post.sequence for post in found.posts[:LATE] if post.post_id not in vectors]
    return min([found.reached, *(sequence - 1 for sequence in late)])


def _fitting(posts: Sequence[NewestPost], dimensions: int) -> Sequence[NewestPost]:
    """Return as many of the newest posts as fit into the limit."""
    size = 0
    for number, post in enumerate(posts):
        size += ROW_BYTES + dimensions + len(post.title[:LONGEST_TITLE].encode())
        if size > MOST_BYTES:
            return posts[:number]
    return posts
