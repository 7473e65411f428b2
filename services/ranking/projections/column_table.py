"""A growing table in columns: one row per post, appended once and never moved."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from services.ranking.domain import Posts, id_key

# The capacity doubles when full. This is about what a small community writes in a year.
_FIRST_CAPACITY = 1024

_DTYPES: dict[str, DTypeLike] = {
    "id_high": np.uint64,
    "id_low": np.uint64,
    "author": np.int32,
    "community": np.int32,
    "created": np.float64,
    "root": np.int64,
    "revision": np.int32,
    "published": np.int64,
    "embedded": np.int32,
    "gone": np.bool_,
    "prior": np.int64,
    "listed": np.int64,
    "up": np.int64,
    "down": np.int64,
    "votes": np.int64,
    "replies": np.int32,
}


class ColumnTable:
    """Values by column and row. A new row is zero except for its id and `root`, which is -1: not known as a comment.

    `up` and `down` are sums of the weights of votes, in percent of a full vote; `votes` counts whole ones.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._row_of: dict[str, int] = {}
        self._capacity = _FIRST_CAPACITY
        self._values: dict[str, NDArray[np.generic]] = {
            name: np.zeros(_FIRST_CAPACITY, dtype) for name, dtype in _DTYPES.items()
        }

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, post_id: str) -> int | None:
        """Return the row of a post, or None if neither a fact nor a signal has named it."""
        return self._row_of.get(post_id)

    def row(self, post_id: str) -> int:
        """Return the row of a post, appending it if it is new (a vote may arrive before the post)."""
        row = self._row_of.get(post_id)
        if row is None:
            row = self._row_of[post_id] = len(self.ids)
            self.ids.append(post_id)
            if row == self._capacity:
                self._grow()
            high, low = id_key(post_id)
            self.set(row, id_high=high, id_low=low, root=-1)
        return row

    def get(self, name: str, row: int) -> int:
        """Return one value as an integer."""
        return int(self._values[name][row])

    def set(self, row: int, **values: float) -> None:
        """Set columns of one row."""
        for name, value in values.items():
            self._values[name][row] = value

    def column(self, name: str) -> NDArray[np.generic]:
        """Return one column over all rows: a view that is valid until the next row is appended."""
        return self._values[name][: len(self.ids)]

    def posts(self) -> Posts:
        """Return the columns used for scoring: views that are valid until the next row is appended."""
        return Posts(**{name: self.column(name) for name in Posts.__slots__})  # type: ignore[arg-type]

    def _grow(self) -> None:
        self._values = {name: np.concatenate([values, np.zeros_like(values)]) for name, values in self._values.items()}
        self._capacity *= 2
