"""Compares the posts in the index with the log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.embeddings.domain import PostPoint
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
    """An index whose points can be listed, compared and overwritten."""

    async def stored(self) -> dict[str, StoredPoint]:
        """Return every point by id: posts, tombstones and markers."""

    async def differing(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Return the ids of stored points of the same facts that have other words or fields, or another vector."""

    async def overwrite(self, point: PostPoint, seen: int) -> bool:
        """Store a point in place of the write of the sequence `seen`; False if another one is stored by now."""


@dataclass(frozen=True)
class Differences:
    """The differences of the index from the log.

    `missing`: facts of published posts without a point. `stale`: facts of posts whose point is of an earlier fact.
    `extra`: searchable points of posts that are not published, with their sequences. `wrong`: facts of posts whose
    point has another content than the log, or claims a later fact than the log has, with the sequence of that point.
    """

    missing: tuple[Event, ...] = ()
    stale: tuple[Event, ...] = ()
    extra: tuple[tuple[str, int], ...] = ()
    wrong: tuple[tuple[Event, int], ...] = ()

    def posts(self) -> dict[str, list[str]]:
        """Return the ids of the posts by kind of difference."""
        return {
            "missing": [event.entity_id for event in self.missing],
            "extra": [post_id for post_id, _ in self.extra],
            "stale": [event.entity_id for event in self.stale],
            "wrong": [event.entity_id for event, _ in self.wrong],
        }

    def without(self, post_ids: Collection[str]) -> "Differences":
        """Return the differences of all other posts."""
        return Differences(
            tuple(event for event in self.missing if event.entity_id not in post_ids),
            tuple(event for event in self.stale if event.entity_id not in post_ids),
            self.extra,
            tuple((event, seen) for event, seen in self.wrong if event.entity_id not in post_ids),
        )

    @property
    def count(self) -> int:
        """The number of posts that differ."""
        return sum(map(len, self.posts().values()))

    def __str__(self) -> str:
        return ", ".join(f"{len(posts)} {kind}" for kind, posts in self.posts().items() if posts)


def differences(latest: LatestFacts, stored: Mapping[str, StoredPoint], last: int, end: int) -> Differences:
    """Compare the facts up to the sequence `last` with the points.

    `end`: the end of the log after the points were read. Points of the facts between are left alone.
    """
    expected = published(latest)
    missing: list[Event] = []
    stale: list[Event] = []
    wrong: list[tuple[Event, int]] = []
    for post_id, (event, revision) in expected.items():
        point = stored.get(post_id)
        if point is None or (point.source_seq < event.sequence and not point.is_live):
            missing.append(event)
        elif point.source_seq < event.sequence:
            stale.append(event)
        elif last < point.source_seq <= end:
            continue
        elif (point.source_seq, point.revision, point.is_live) != (event.sequence, revision, True):
            wrong.append((event, point.source_seq))
    extra = [
        (post_id, point.source_seq)
        for post_id, point in stored.items()
        if point.is_live and post_id not in expected and not last < point.source_seq <= end
    ]
    return Differences(tuple(missing), tuple(stale), tuple(extra), tuple(wrong))


def published(latest: LatestFacts) -> dict[str, tuple[Event, int]]:
    """Return the decision on every published post whose author was not erased, and the decided revision."""
    return {
        post_id: (event, event.data.revision)
        for post_id, event in latest.posts.items()
        if isinstance(event.data, PostDecided)
        and event.data.outcome == "published"
        and event.data.author_id not in latest.erased
    }
