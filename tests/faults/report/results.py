"""The kept results of fault tests: one entry per fault and test, merged over runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

FILE = Path(__file__).with_name("results.json")
TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """The outcome of one test in one run.

    `fault`: a number of docs/faults.md or a short name. `invariants`: those that the test checks, such as `I1 I2`.
    `ordinary`: `make test` runs it too. `trials` and `failures` count injected faults. `note`: why it was skipped, or
    the first line of a failure. `machine`: cores and memory. `date`: the day of the run.
    """

    fault: str
    title: str
    test: str
    ordinary: bool
    invariants: str
    trials: int
    failures: int
    skipped: bool
    seeds: Sequence[int]
    seconds: float
    note: str
    date: str
    commit: str
    machine: str

    @property
    def key(self) -> tuple[str, str]:
        """The fault and the test, which a later run replaces."""
        return self.fault, self.test

    @property
    def has_test(self) -> bool:
        """True while a test of this name exists."""
        file, _, name = self.test.partition("::")
        path, definition = TESTS / file, f"def {name.rpartition('::')[2]}("
        return path.exists() and definition in path.read_text(encoding="utf-8")


def read_results(file: Path = FILE) -> list[Result]:
    """Read the kept results."""
    if not file.exists():
        return []
    return [Result(**row) for row in orjson.loads(file.read_bytes())]


def merged(kept: Iterable[Result], fresh: Iterable[Result]) -> list[Result]:
    """Return all results of tests that exist. A fresh one replaces the kept one of the same fault and test."""
    found = {result.key: result for result in (*kept, *fresh) if result.has_test}
    return sorted(found.values(), key=lambda result: (_order(result.fault), result.test))


def write_results(results: Iterable[Result], file: Path = FILE) -> None:
    """Replace the kept results."""
    rows = [asdict(result) for result in results]
    file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")


def _order(fault: str) -> tuple[bool, int, str]:
    number = re.match(r"E(\d+)", fault)
    return number is None, int(number[1]) if number else 0, fault
