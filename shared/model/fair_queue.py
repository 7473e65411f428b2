"""A queue that shares its server's time fairly between people, and limits the cost of what is taken together.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): an item starts, in virtual time, when its owner's earlier
items would have ended if all owners shared the server equally. The item with the earliest start is next.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item]):
    start: float
    cost: float
    item: Item


class FairQueue(Generic[Item]):
    """Waiting items of several people: the many or costly items of one hardly delay the next item of another."""

    def __init__(self, is_wanted: Callable[[Item], bool]) -> None:
        """`is_wanted` returns False for an item that nobody waits for any more; it is dropped."""
        self._is_wanted = is_wanted
        self._rows: dict[str, deque[_Waiting[Item]]] = {}
        self._ends: dict[str, float] = {}  # the virtual end of each person's last item, while it lies ahead
        self._now = 0.0
        self._in_service = 0.0  # the virtual time that ends with the next call of `take`

    def __len__(self) -> int:
        return sum(len(row) for row in self._rows.values())

    def add(self, person: str, cost: float, item: Item) -> None:
        """Add an item at the end of the person's own row. `cost` is in any unit; see `take`."""
        start = max(self._now, self._ends.get(person, 0.0))
        self._ends[person] = start + cost
        self._rows.setdefault(person, deque()).append(_Waiting(start, cost, item))

    def take(self, most: int, budget: float) -> list[Item]:
        """Remove and return the next items, at most `most`, and together not above the budget.

        The first item is taken whatever it costs, so that every item has its turn. After it, items over the rest of the
        budget keep their place, and later ones that fit are taken.
        """
        taken: list[Item] = []
        self._now, self._in_service = self._now + self._in_service, 0.0
        while len(taken) < most and (person := self._next(budget if taken else None)) is not None:
            waiting = self._rows[person].popleft()
            taken.append(waiting.item)
            budget -= waiting.cost
            self._in_service += waiting.cost / len(self._rows)
        self._forget()
        return taken

    def _next(self, budget: float | None) -> str | None:
        """Return the person whose oldest item starts first, of those within the budget; None if there is none."""
        for row in self._rows.values():
            while row and not self._is_wanted(row[0].item):
                row.popleft()
        first = {person: row[0] for person, row in self._rows.items() if row}
        fitting = {person: head.start for person, head in first.items() if budget is None or head.cost <= budget}
        return min(fitting, key=fitting.__getitem__, default=None)

    def _forget(self) -> None:
        self._rows = {person: row for person, row in self._rows.items() if row}
        self._ends = {person: end for person, end in self._ends.items() if end > self._now or person in self._rows}
