"""A pytest plugin that selects fault tests, repeats them with seeds, prints progress, and gathers the results."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tests.faults.report.machine import commit, machine
from tests.faults.report.results import Result

FAULT = re.compile(r"\bE\d\d\b")
INVARIANT = re.compile(r"\bI\d{1,2}\b")
OTHER = "other"
# The name under which pytest knows the plugin.
PLUGIN = "faults"


@dataclass
class Tally:
    """The outcomes of one fault in one test function, over its trials."""

    faults: tuple[str, ...]
    title: str
    ordinary: bool
    invariants: tuple[str, ...]
    trials: int = 0
    failures: int = 0
    seconds: float = 0.0
    skipped: str = ""
    note: str = ""
    seeds: list[int] = field(default_factory=list)


class FaultPlugin:
    """Runs the tests that inject faults. `only`: fault numbers; none means all. `seed`: of the first trial."""

    def __init__(self, only: Sequence[str], seed: int, trials: int, *, long: bool) -> None:
        self._only = {name.lower() for name in only}
        self.seed, self.trials, self.long = seed, trials, long
        self.tallies: dict[tuple[str, ...], Tally] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._planned = self._done = 0
        self._began = time.monotonic()

    def results(self) -> list[Result]:
        """Return one result per fault and test."""
        today, version, hardware = datetime.now(UTC).date().isoformat(), commit(), machine()
        return [
            Result(
                fault, tally.title, test, tally.ordinary, " ".join(tally.invariants), tally.trials, tally.failures,
                bool(tally.skipped) and not tally.trials, tally.seeds, round(tally.seconds, 1),
                tally.note or tally.skipped, today, version, hardware,
            )
            for (test, *_), tally in self.tallies.items()
            if tally.trials or tally.failures or tally.skipped
            for fault in tally.faults
        ]  # fmt: skip

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test with the fixture `seed` once per trial."""
        if "fault_seed" in metafunc.fixturenames:
            seeds = [self.seed + number for number in range(self.trials)]
            metafunc.parametrize("fault_seed", seeds, ids=[f"seed{seed}" for seed in seeds], scope="session")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests that inject the chosen faults."""
        kept = [item for item in items if self._chosen(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        self._planned = len(kept)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the outcome, and print a line."""
        tally = self.tallies[self._keys[report.nodeid]]
        tally.seconds += report.duration
        known = dict(report.user_properties)
        if report.when == "call" and not report.skipped:
            tally.trials += int(str(known.get("trials", 1)))
            tally.invariants = tuple(dict.fromkeys((*tally.invariants, *str(known.get("invariants", "")).split())))
            if (seed := known.get("seed")) is not None:
                tally.seeds.append(int(str(seed)))
        if report.failed:
            tally.failures += 1
            tally.note = tally.note or _reason(report)
        if report.skipped:
            tally.skipped = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            tally.skipped = tally.skipped.removeprefix("Skipped: ")
        if report.when == "teardown":
            self._done += 1
            words = "FAILED" if tally.failures else "skipped" if tally.skipped and not tally.trials else "ok"
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            place = f"[{self._done}/{self._planned} {minutes:02}:{seconds:02}]"
            print(f"\n{place} {' '.join(tally.faults)} {report.nodeid.rsplit('::', 1)[-1]}: {words}", flush=True)

    def _chosen(self, item: pytest.Item) -> bool:
        faults = tuple(_faults(item))
        slow = item.get_closest_marker("faults") is not None
        if not faults and not slow:
            return False
        if self._only and not self._only & {name.lower() for name in faults or (OTHER,)}:
            return False
        doc = (getattr(item, "obj", None).__doc__ or "") if hasattr(item, "obj") else ""
        invariants = tuple(dict.fromkeys(INVARIANT.findall(f"{_invariants(item)} {doc}")))
        key = self._keys[item.nodeid] = (_name(item.nodeid), *faults)
        self.tallies.setdefault(key, Tally(faults or (OTHER,), _title(item), not slow, invariants))
        return True


def _faults(item: pytest.Item) -> Iterator[str]:
    """Yield the faults that a test injects: of its marker, else of its module's docstring."""
    marker = item.get_closest_marker("injects")
    if marker:
        yield from marker.args
    elif isinstance(item, pytest.Function):
        yield from dict.fromkeys(FAULT.findall(item.module.__doc__ or ""))


def _invariants(item: pytest.Item) -> str:
    marker = item.get_closest_marker("injects")
    return str(marker.kwargs.get("invariants", "")) if marker else ""


def _title(item: pytest.Item) -> str:
    name = item.originalname if isinstance(item, pytest.Function) and item.originalname else item.name
    return name.removeprefix("test_").replace("_", " ")


def _name(nodeid: str) -> str:
    return nodeid.split("[", 1)[0].removeprefix("tests/")


def _reason(report: pytest.TestReport) -> str:
    lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    return "; ".join(lines[:2])[:200] if lines else str(report.longrepr)[-200:]
