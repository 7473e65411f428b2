"""A pytest plugin that selects fault tests, repeats them with seeds, prints progress, and gathers the results.

`python -m tests.faults` loads it, and pytest-xdist does in each worker. Workers select and repeat the tests; what
they know of a test travels with its reports.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import orjson
import pytest

from tests.faults.report.machine import commit, machine
from tests.faults.report.results import Result

FAULT = re.compile(r"\bE\d\d\b")
INVARIANT = re.compile(r"\bI\d{1,2}\b")
OTHER = "other"
# The name under which pytest knows the plugin.
PLUGIN = "fault-report"
# The property of a report that describes its test.
DESCRIPTION = "fault_test"


@dataclass(frozen=True)
class Description:
    """A test that injects faults. `ordinary`: `make test` runs it too. `invariants`: those that it says it checks."""

    test: str
    faults: tuple[str, ...]
    title: str
    ordinary: bool
    invariants: tuple[str, ...]


@dataclass
class Tally:
    """The outcomes of one test function, over its trials."""

    invariants: tuple[str, ...]
    trials: int = 0
    failures: int = 0
    seconds: float = 0.0
    skipped: str = ""
    note: str = ""
    seeds: list[int] = field(default_factory=list)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("faults")
    group.addoption("--only-faults", default="", help="faults such as E03,E07 or clock; default: all")
    group.addoption("--first-seed", type=int, default=0, help="of the first trial")
    group.addoption("--trials", type=int, default=1, help="seeds per test that takes one (default 1)")
    group.addoption("--long-faults", action="store_true", help="also what takes ten minutes and more")


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin with its options."""
    config.pluginmanager.register(FaultPlugin(config), PLUGIN)


class FaultPlugin:
    """Runs the tests that inject faults."""

    def __init__(self, config: pytest.Config) -> None:
        self._only = {name.strip().lower() for name in config.option.only_faults.split(",") if name.strip()}
        self._seed, self._trials = config.option.first_seed, config.option.trials
        self.long: bool = config.option.long_faults
        self._is_worker = hasattr(config, "workerinput")
        self._tallies: dict[Description, Tally] = {}
        self._planned = self._done = 0
        self._began = time.monotonic()

    def results(self) -> list[Result]:
        """Return one result per fault and test."""
        today, version, hardware = datetime.now(UTC).date().isoformat(), commit(), machine()
        return [
            Result(
                fault, known.title, known.test, known.ordinary, " ".join(tally.invariants), tally.trials,
                tally.failures, bool(tally.skipped) and not tally.trials, tally.seeds, round(tally.seconds, 1),
                tally.note or tally.skipped, today, version, hardware,
            )
            for known, tally in self._tallies.items()
            if tally.trials or tally.failures or tally.skipped
            for fault in known.faults
        ]  # fmt: skip

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test with the fixture `seed` once per trial."""
        if "fault_seed" in metafunc.fixturenames:
            seeds = [self._seed + number for number in range(self._trials)]
            metafunc.parametrize("fault_seed", seeds, ids=[f"seed{seed}" for seed in seeds], scope="session")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests that inject the chosen faults, and describe each in its reports."""
        kept: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item in items:
            described = self._described(item)
            (kept if described else others).append(item)
            if described:
                item.user_properties.append((DESCRIPTION, orjson.dumps(asdict(described)).decode()))
        config.hook.pytest_deselected(items=others)
        items[:] = kept
        self._planned = len(kept)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn the number of tests from a worker. Each has collected all."""
        self._planned = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the outcome, and print a line."""
        if self._is_worker:
            return
        properties = dict(report.user_properties)
        described = _read_description(str(properties.get(DESCRIPTION, "")), report.nodeid)
        tally = self._tallies.setdefault(described, Tally(described.invariants))
        _count(tally, report, properties)
        if report.when == "teardown":
            self._done += 1
            words = "FAILED" if tally.failures else "skipped" if tally.skipped and not tally.trials else "ok"
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            place = f"[{self._done}/{self._planned} {minutes:02}:{seconds:02}]"
            print(f"\n{place} {' '.join(described.faults)} {report.nodeid.rsplit('::', 1)[-1]}: {words}", flush=True)

    def _described(self, item: pytest.Item) -> Description | None:
        faults = tuple(_faults(item))
        slow = item.get_closest_marker("faults") is not None
        if not faults and not slow:
            return None
        if self._only and not self._only & {name.lower() for name in faults or (OTHER,)}:
            return None
        doc = (getattr(item, "obj", None).__doc__ or "") if hasattr(item, "obj") else ""
        invariants = tuple(dict.fromkeys(INVARIANT.findall(f"{_invariants(item)} {doc}")))
        return Description(_name(item.nodeid), faults or (OTHER,), _title(item), not slow, invariants)


def _count(tally: Tally, report: pytest.TestReport, properties: Mapping[str, object]) -> None:
    """Add one phase of one test: its setup, call or teardown."""
    tally.seconds += report.duration
    if report.when == "call" and not report.skipped:
        tally.trials += int(str(properties.get("trials", 1)))
        tally.invariants = tuple(dict.fromkeys((*tally.invariants, *str(properties.get("invariants", "")).split())))
        if (seed := properties.get("seed")) is not None:
            tally.seeds.append(int(str(seed)))
    if report.failed:
        tally.failures += 1
        tally.note = tally.note or _reason(report)
    if report.skipped:
        tally.skipped = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        tally.skipped = tally.skipped.removeprefix("Skipped: ")


def _read_description(text: str, nodeid: str) -> Description:
    """Return the description in a report. The report of a worker that died has none."""
    if not text:
        return Description(_name(nodeid), (OTHER,), _name(nodeid), False, ())
    known = orjson.loads(text)
    return Description(**{**known, "faults": tuple(known["faults"]), "invariants": tuple(known["invariants"])})


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
