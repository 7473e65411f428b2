"""The journal of a mixed load, fsynced outside the installation: the intent before each call, the outcome after it."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

Outcome = Literal["ok", "refused", "unknown"]


@dataclass(frozen=True)
class Account:
    """A user of the load. The password is random and worth nothing elsewhere; the checkers sign in with it."""

    id: str
    handle: str
    password: str


@dataclass(frozen=True)
class Call:
    """One attempt at one request.

    Times are in seconds since 1970; `due` is the time at which the schedule wanted it. `key` groups the attempts at one
    write: the id of the post for a submission. `data` has what the request carried. `ended` is 0 while there is no
    answer, and then the outcome is unknown. `sequence` is 0 if the answer named none.
    """

    number: int
    kind: str
    user_id: str
    key: str
    due: float
    started: float
    data: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome = "unknown"
    status: int = 0
    sequence: int = 0
    ended: float = 0.0


@dataclass(frozen=True)
class Record:
    """A whole journal: how the load was started, its users, and its calls in order of their start."""

    run: dict[str, Any]
    accounts: tuple[Account, ...]
    calls: tuple[Call, ...]

    def of(self, *kinds: str) -> Iterator[Call]:
        """Yield the calls of these kinds."""
        return (call for call in self.calls if call.kind in kinds)

    def by_key(self, *kinds: str) -> dict[str, list[Call]]:
        """Return key → the attempts at that write."""
        grouped: defaultdict[str, list[Call]] = defaultdict(list)
        for call in self.of(*kinds):
            grouped[call.key].append(call)
        return dict(grouped)


class MixedJournal:
    """A file with a line for the run, for each user, for each intent and for each outcome."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._number = 0

    def record_run(self, **facts: Any) -> None:
        """Record the command's options, the seed among them."""
        self._write({"run": facts})

    def record_account(self, account: Account) -> None:
        """Record a user."""
        self._write({"account": asdict(account)})

    def next_number(self) -> int:
        """Return the number for the next call."""
        self._number += 1
        return self._number

    def record_intent(self, call: Call) -> None:
        """Record a call before it is made."""
        known = {name: value for name, value in asdict(call).items() if name in INTENT}
        self._write({"intent": known})

    def record_outcome(self, call: Call) -> None:
        """Record the outcome of a call."""
        self._write({"outcome": {name: getattr(call, name) for name in ("number", *OUTCOME)}})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(orjson.dumps(row) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


INTENT = ("number", "kind", "user_id", "key", "due", "started", "data")
OUTCOME = ("outcome", "status", "sequence", "ended")


def read_journal(path: Path) -> Record:
    """Read a journal. A last line that was cut off by a crash of the load is ignored."""
    run: dict[str, Any] = {}
    accounts: list[Account] = []
    calls: dict[int, Call] = {}
    for line in path.read_bytes().splitlines():
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            break
        if "run" in row:
            run |= row["run"]
        elif "account" in row:
            accounts.append(Account(**row["account"]))
        elif "intent" in row:
            calls[row["intent"]["number"]] = Call(**row["intent"])
        else:
            known = calls[row["outcome"]["number"]]
            calls[known.number] = Call(**{**asdict(known), **row["outcome"]})
    return Record(run, tuple(accounts), tuple(calls.values()))
