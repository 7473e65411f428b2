"""Packs of the newest posts for devices: what everybody may see, with the vectors that embeddings has."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.device.queries import Newest, NewestPost, Wanted
from services.gateway.device.snapshot_format import LONGEST_TITLE, Head, Packed, pack
from services.gateway.device.vector_cache import VectorCache
from services.gateway.view.view import View

# A row is 418 bytes and its title, 60 bytes on average: 6,000 are 2.9 MB, and eight communities add at most 1.2 MB.
OVERALL, EACH, COMMUNITIES = 6000, 300, 8
# What a pack may weigh; the oldest posts give way. Head and take-downs have the rest of 4 MB.
MOST_BYTES = 3_900_000
ROW_BYTES = 8 + 4 + 4 + 2 + 16
# A vector that is late arrives within seconds. Older posts without one stay without: nobody waits for them.
LATE = 200


@dataclass(frozen=True)
class Asked:
    """`since`: the `until` of the pack that the device has; None: it has none."""

    communities: Sequence[str]
    since: str | None
    with_vectors: bool


class SnapshotBuilder:
    """Makes packs, the same for everybody who asks for the same communities."""

    def __init__(self, view: View, shelf: VectorCache) -> None:
        self._view = view
        self._shelf = shelf

    async def make(self, asked: Asked) -> bytes:
        """A whole pack, or what came and went since, where that can be told."""
        found, whole = await self._news(asked)
        if not asked.with_vectors:
            head = Head(f"{_log(found)}-{found.reached}", whole, "", 0)
            return pack(head, _fitting(found.posts, 0), {}, found.gone)
        vectors = await self._shelf.of(found.posts)
        posts = _fitting(found.posts, self._shelf.dimensions)
        head = Head(f"{_log(found)}-{_until(found, vectors)}", whole, self._shelf.vectors, self._shelf.dimensions)
        return pack(head, posts, vectors or {}, found.gone)

    async def _news(self, asked: Asked) -> tuple[Newest, bool]:
        """What to send, and whether it replaces what the device has."""
        communities = asked.communities[:COMMUNITIES]
        log, since = _read_until(asked.since)
        if since:
            found = await self._view.newest_posts(Wanted(communities, OVERALL, EACH, since))
            if log == _log(found) and since <= found.reached and found.complete:
                return found, False
        return await self._view.newest_posts(Wanted(communities, OVERALL, EACH)), True


def _read_until(until: str | None) -> tuple[str, int]:
    log, _, number = (until or "").partition("-")
    return log, int(number) if number.isdecimal() else 0


def _log(found: Newest) -> str:
    """Which log this is, in a few letters: sequences of another one mean nothing."""
    return hashlib.sha256(found.log.encode()).hexdigest()[:8]


def _until(found: Newest, vectors: Mapping[str, Packed] | None) -> int:
    """Up to where nothing is missing: before the oldest post whose vector is only late. 0: ask for all again."""
    if vectors is None:
        return 0
    late = [post.sequence for post in found.posts[:LATE] if post.post_id not in vectors]
    return min([found.reached, *(sequence - 1 for sequence in late)])


def _fitting(posts: Sequence[NewestPost], dimensions: int) -> Sequence[NewestPost]:
    """As many of the newest as the weight allows."""
    weight = 0
    for number, post in enumerate(posts):
        weight += ROW_BYTES + dimensions + len(post.title[:LONGEST_TITLE].encode())
        if weight > MOST_BYTES:
            return posts[:number]
    return posts
