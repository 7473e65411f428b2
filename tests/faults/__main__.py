"""`python -m tests.faults`: injects every fault, or the named ones, and writes or prints the report."""

import argparse
import secrets
import sys

import pytest

from tests.faults.report.plugin import PLUGIN, FaultPlugin
from tests.faults.report.render import PAGE, as_row, render
from tests.faults.report.results import Result, merged, read_results, write_results

# Most of the time is waiting: for parts that are paused, away or starting. Two at once are enough for two cores.
WORKERS = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")


class Results:
    """Takes the results out of pytest before it forgets its plugins."""

    def __init__(self) -> None:
        self.fresh: list[Result] = []

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep the results."""
        plugin = session.config.pluginmanager.get_plugin(PLUGIN)
        if isinstance(plugin, FaultPlugin):
            self.fresh = plugin.results()


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Inject faults and report the outcome.")
    parser.add_argument("--only", default="", help="faults such as E03,E07 or clock; default: all")
    parser.add_argument("--seed", type=int, default=None, help="of the first trial; default: a random one")
    parser.add_argument("--trials", type=int, default=1, help="seeds per test that takes one (default 1)")
    parser.add_argument("--long", action="store_true", help="also what takes ten minutes and more")
    parser.add_argument("--record", action="store_true", help="write docs/faults.md also with --only")
    parser.add_argument("paths", nargs="*", default=["tests"], help="test files (default: all)")
    return parser.parse_args()


def main(chosen: argparse.Namespace) -> int:
    """Run the tests. Returns pytest's exit code."""
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    everything = not chosen.only and chosen.paths == ["tests"]
    print(f"Seed {seed}; {chosen.trials} trial(s) of each test that takes a seed", flush=True)
    arguments = [
        *chosen.paths, "-p", "tests.faults.report.plugin", "-p", "no:schemathesis", "-m", "not e2e or faults", "-q",
        "-W", "ignore:Module already imported so cannot be rewritten",
        f"--first-seed={seed}", f"--trials={chosen.trials}", f"--only-faults={chosen.only}",
        *(["--long-faults"] if chosen.long else []), *(WORKERS if everything or len(chosen.paths) > 1 else ()),
    ]  # fmt: skip
    results = Results()
    code = int(pytest.main(arguments, plugins=[results]))
    if results.fresh and (chosen.record or everything):
        merged_results = merged(read_results(), results.fresh)
        write_results(merged_results)
        PAGE.write_text(render(merged_results), encoding="utf-8")
        print(f"Wrote {PAGE}")
    print("".join(as_row(result) for result in results.fresh))
    return code


if __name__ == "__main__":
    sys.exit(main(options()))
