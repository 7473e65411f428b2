"""Compares the posts in the index with the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from services.embeddings.post_index import PostIndex
from services.embeddings.projections import LatestFacts
from shared.log.events import Event, PostDecided


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point of the index. `revision` is 0 in a tombstone."""

    source_seq: int
    revision: int
    is_live: bool


class ReadableIndex(PostIndex, Protocol):
    """An index whose points can be listed."""

    async def stored(self) -> dict[str, StoredPoint]:
        """Return every point by id: posts, tombstones and markers."""


@dataclass(frozen=True)
class Differences:
    """The differences of the index from the log.

    `missing`: facts of published posts without a point. `stale`: facts of posts whose point is of an earlier fact.
    `extra`: searchable points of posts that are not published, with their sequences. `ahead`: ids of searchable points
    that no write may replace, because they claim a later fact than the log has, or another revision of the same fact.
    """

    missing: tuple[Event, ...] = ()
    stale: tuple[Event, ...] = ()
    extra: tuple[tuple[str, int], ...] = ()
    ahead: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of posts that differ."""
        return len(self.missing) + len(self.stale) + len(self.extra) + len(self.ahead)

    def __str__(self) -> str:
        parts = {"missing": self.missing, "extra": self.extra, "stale": self.stale, "beyond repair": self.ahead}
        return ", ".join(f"{len(posts)} {name}" for name, posts in parts.items() if posts)


def differences(latest: LatestFacts, stored: Mapping[str, StoredPoint], last: int) -> Differences:
    """Compare the facts up to the sequence `last` with the points. Points of later facts are left alone."""
    expected = published(latest)
    missing: list[Event] = []
    stale: list[Event] = []
    ahead: list[str] = []
    for post_id, (event, revision) in expected.items():
        point = stored.get(post_id)
        if point is None or (not point.is_live and point.source_seq < event.sequence):
            missing.append(event)
        elif point.is_live and point.source_seq < event.sequence:
            stale.append(event)
        elif (
            point.is_live
            and point.source_seq < last
            and (point.source_seq, point.revision)
            != (
                event.sequence,
                revision,
            )
        ):
            ahead.append(post_id)
    extra = [
        (post_id, point.source_seq)
        for post_id, point in stored.items()
        if point.is_live and post_id not in expected and point.source_seq < last
    ]
    return Differences(tuple(missing), tuple(stale), tuple(extra), tuple(ahead))


def published(latest: LatestFacts) -> dict[str, tuple[Event, int]]:
    """Return the decision on every published post whose author was not erased, and the decided revision."""
    return {
        post_id: (event, event.data.revision)
        for post_id, event in latest.posts.items()
        if isinstance(event.data, PostDecided)
        and event.data.outcome == "published"
        and event.data.author_id not in latest.erased
    }
