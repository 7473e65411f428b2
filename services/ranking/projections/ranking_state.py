"""The in-memory ranking state: post columns, reader signals, the change set for the checkpoint, and a digest."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import orjson

from services.ranking.domain import Posts, affinity, weights
from services.ranking.domain.ranking_inputs import NO_AUTHOR
from services.ranking.projections.column_table import ColumnTable
from shared.ids import ARCHIVE_AUTHOR_ID
from shared.log.events import FULL_WEIGHT
from shared.log.signals import SignalKind

_AFFINITY: dict[SignalKind, float] = {
    "vote": weights.AFFINITY_VOTE,
    "read": weights.AFFINITY_READ,
    "less": weights.AFFINITY_LESS,
}


class PostRecord(NamedTuple):
    """One post as folded from the log; votes and replies are counted from signals and other records."""

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


class ReaderSignal(NamedTuple):
    """The latest signal of one reader on one post; a value of 0 takes it back. `weight`: of a vote, in percent."""

    user_id: str
    kind: SignalKind
    post_id: str
    value: int
    weight: int = FULL_WEIGHT


class StringTable:
    """Numbers repeated strings, so that columns store small integers."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._numbers: dict[str, int] = {}

    def intern(self, text: str) -> int:
        """Return the number of a string; a new one gets the next number."""
        number = self._numbers.setdefault(text, len(self.strings))
        if number == len(self.strings):
            self.strings.append(text)
        return number

    def find(self, text: str) -> int | None:
        """Return the number of a string, or None if it has none."""
        return self._numbers.get(text)


class RankingState:
    """The state folded from both streams. Only the fold changes it.

    `last_applied`: stream → the sequence of the last applied message. `listing_changes` counts changes of the listed
    posts, `count_changes` those of votes and replies.
    """

    def __init__(self) -> None:
        self.last_applied = {"EVENTS": 0, "SIGNALS": 0}
        self.columns = ColumnTable()
        self.authors, self.communities = StringTable(), StringTable()
        assert self.authors.intern(ARCHIVE_AUTHOR_ID) == NO_AUTHOR
        self.posts_by_author: defaultdict[str, list[int]] = defaultdict(list)
        self.erased: set[str] = set()
        self.signals: defaultdict[str, dict[tuple[SignalKind, int], int]] = defaultdict(dict)
        # The weights of votes that do not count fully, by reader and row.
        self.light_votes: dict[tuple[str, int], int] = {}
        self.listing_changes = self.count_changes = 0
        self.signal_counts: defaultdict[str, int] = defaultdict(int)  # signals of each reader since the start
        self.changed_rows: set[int] = set()
        # The remembered keys of moderators' decisions.
        self.by_moderators: set[str] = set()
        self.new_by_moderators: set[str] = set()
        self.changed_signals: set[tuple[str, SignalKind, int]] = set()

    def posts(self) -> Posts:
        """Return the columns used for scoring."""
        return self.columns.posts()

    def is_listed(self, row: int, sequence: int) -> bool:
        """Return whether a post that was listed at `sequence` has stayed listed since."""
        return 0 < self.columns.get("listed", row) <= sequence

    def affinity(self, reader_id: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the reader's affinity for each community, in points by community number."""
        points = np.zeros(len(self.communities.strings))
        for (kind, row), value in self.signals.get(reader_id, {}).items():
            if self.columns.get("revision", row):
                points[self.columns.get("community", row)] += _AFFINITY[kind] * value
        for row in self.posts_by_author.get(reader_id, ()):
            if self.columns.get("published", row):
                points[self.columns.get("community", row)] += weights.AFFINITY_POST
        return affinity(points)

    def hidden(self, reader_id: str) -> list[int]:
        """Return the rows that a reader asked to see less of."""
        return [row for kind, row in self.signals.get(reader_id, {}) if kind == "less"]

    def seen(self, reader_id: str) -> list[int]:
        """Return the rows on which a reader has voted or that they have read."""
        return [row for kind, row in self.signals.get(reader_id, {}) if kind != "less"]

    def records(self, rows: set[int] | None = None) -> Iterator[PostRecord]:
        """Yield the records of some or all rows; a row known only from signals has no record yet."""
        for row in range(len(self.columns)) if rows is None else rows:
            if self.columns.get("revision", row):
                yield self._record(row)

    def all_signals(self) -> Iterator[ReaderSignal]:
        """Yield the latest signals that have not been taken back."""
        for user_id, signals in self.signals.items():
            for (kind, row), value in signals.items():
                yield ReaderSignal(user_id, kind, self.columns.ids[row], value, self.weight_of(user_id, kind, row))

    def weight_of(self, user_id: str, kind: SignalKind, row: int) -> int:
        """Return the weight of a reader's latest signal, in percent: only votes have another than the full one."""
        return self.light_votes.get((user_id, row), FULL_WEIGHT) if kind == "vote" else FULL_WEIGHT

    def _record(self, row: int) -> PostRecord:
        columns, root = self.columns, self.columns.get("root", row)
        return PostRecord(
            post_id=columns.ids[row],
            author_id=self.authors.strings[columns.get("author", row)],
            community=self.communities.strings[columns.get("community", row)],
            created=float(columns.column("created")[row]),
            root_id=columns.ids[root] if root >= 0 else "",
            revision=columns.get("revision", row),
            published=columns.get("published", row),
            embedded=columns.get("embedded", row),
            gone=columns.get("gone", row),
            prior=columns.get("prior", row),
            listed=columns.get("listed", row),
        )


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that changed up to the sequences in `last_applied`."""

    posts: list[PostRecord]
    signals: list[ReaderSignal]
    erased: list[str]
    by_moderators: list[str]
    last_applied: dict[str, int]


def drain_changes(state: RankingState) -> ChangeSet:
    """Return the changes since the last call, and clear them."""
    signals = [
        ReaderSignal(
            user_id,
            kind,
            state.columns.ids[row],
            state.signals[user_id].get((kind, row), 0),
            state.weight_of(user_id, kind, row),
        )
        for user_id, kind, row in state.changed_signals
    ]
    changes = ChangeSet(
        list(state.records(state.changed_rows)),
        signals,
        list(state.erased),
        sorted(state.new_by_moderators),
        dict(state.last_applied),
    )
    state.changed_rows.clear()
    state.new_by_moderators.clear()
    state.changed_signals.clear()
    return changes


def restore_changes(state: RankingState, changes: ChangeSet) -> None:
    """Mark changes as unwritten again, so that the next change set contains them."""
    state.changed_rows |= {state.columns.row(record.post_id) for record in changes.posts}
    state.new_by_moderators |= set(changes.by_moderators)
    state.changed_signals |= {
        (signal.user_id, signal.kind, state.columns.row(signal.post_id)) for signal in changes.signals
    }


def mark_all_changed(state: RankingState) -> None:
    """Mark everything as changed, so that the next change set is the whole state."""
    state.changed_rows |= set(range(len(state.columns)))
    state.changed_signals |= {(user_id, kind, row) for user_id, rows in state.signals.items() for kind, row in rows}


def digest(state: RankingState) -> str:
    """Return the SHA-256 of records, counts, signals and erased authors, sorted by id.

    It does not depend on the order of rows: equal facts and signals give equal digests however they were folded.
    """
    columns = state.columns
    seen = hashlib.sha256()
    for record in sorted(state.records()):
        row = columns.row(record.post_id)
        seen.update(orjson.dumps([*record, columns.get("votes", row), columns.get("replies", row)]))
    for signal in sorted(state.all_signals()):
        seen.update(orjson.dumps(list(signal)))
    seen.update(orjson.dumps(sorted(state.erased)))
    return seen.hexdigest()
