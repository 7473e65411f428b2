"""The state of ranking: what every post has earned, and what every reader has said."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from services.ranking import weights
from services.ranking.domain import Posts, affinity
from services.ranking.domain.posts import NOBODY
from services.ranking.projections.columns import Columns
from shared.ids import ARCHIVE_AUTHOR_ID
from shared.log.signals import SignalKind

_AFFINITY: dict[SignalKind, float] = {
    "vote": weights.AFFINITY_VOTE,
    "read": weights.AFFINITY_READ,
    "less": weights.AFFINITY_LESS,
}


class PostRecord(NamedTuple):
    """What is known of one post from the log: everything else about it is counted from records and marks."""

    post_id: str
    author_id: str
    community: str
    created: float
    root_id: str
    revision: int
    published: int
    embedded: int
    gone: int
    prior: int
    listed: int


class Mark(NamedTuple):
    """The last word of one person on one post; 0 is no word at all."""

    user_id: str
    kind: SignalKind
    post_id: str
    value: int


class Names:
    """Small numbers for texts that repeat."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text, new ones in order of arrival."""
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def find(self, text: str) -> int | None:
        """The number of a text that has one."""
        return self._numbers.get(text)


class Board:
    """Changed only by the fold. `moves` counts changes of what is listed, `counts` those of votes and replies."""

    def __init__(self) -> None:
        self.reached = {"EVENTS": 0, "SIGNALS": 0}
        self.columns = Columns()
        self.authors, self.communities = Names(), Names()
        assert self.authors.number(ARCHIVE_AUTHOR_ID) == NOBODY
        self.posts_of: defaultdict[str, list[int]] = defaultdict(list)
        self.erased: set[str] = set()
        self.marks: defaultdict[str, dict[tuple[SignalKind, int], int]] = defaultdict(dict)
        self.moves = self.counts = 0
        self.words: defaultdict[str, int] = defaultdict(int)  # how often each reader has spoken since the start
        self.changed_rows: set[int] = set()
        self.changed_marks: set[tuple[str, SignalKind, int]] = set()

    def posts(self) -> Posts:
        """The columns that the score needs."""
        return self.columns.posts()

    def is_listed(self, row: int, sequence: int) -> bool:
        """Whether a post that was listed at a sequence still is, unchanged."""
        return 0 < self.columns.get("listed", row) <= sequence

    def affinity(self, reader_id: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """What each community is worth to a reader, in points by community number."""
        points = np.zeros(len(self.communities.texts))
        for (kind, row), value in self.marks.get(reader_id, {}).items():
            if self.columns.get("revision", row):
                points[self.columns.get("community", row)] += _AFFINITY[kind] * value
        for row in self.posts_of.get(reader_id, ()):
            if self.columns.get("published", row):
                points[self.columns.get("community", row)] += weights.AFFINITY_POST
        return affinity(points)

    def hidden(self, reader_id: str) -> list[int]:
        """The rows that a reader asked to see less of."""
        return [row for kind, row in self.marks.get(reader_id, {}) if kind == "less"]

    def records(self, rows: set[int] | None = None) -> Iterator[PostRecord]:
        """The records of some rows, or of all; rows that only signals have named are no posts yet."""
        for row in range(len(self.columns)) if rows is None else rows:
            if self.columns.get("revision", row):
                yield self._record(row)

    def all_marks(self) -> Iterator[Mark]:
        """Every mark that stands."""
        for user_id, marks in self.marks.items():
            for (kind, row), value in marks.items():
                yield Mark(user_id, kind, self.columns.ids[row], value)

    def _record(self, row: int) -> PostRecord:
        columns, root = self.columns, self.columns.get("root", row)
        return PostRecord(
            columns.ids[row],
            self.authors.texts[columns.get("author", row)],
            self.communities.texts[columns.get("community", row)],
            float(columns.column("created")[row]),
            columns.ids[root] if root >= 0 else "",
            *(columns.get(name, row) for name in PostRecord._fields[5:]),
        )
