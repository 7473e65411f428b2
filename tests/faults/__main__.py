"""`python -m tests.faults`: injects every fault, or the named ones, and writes or prints the report."""

import argparse
import secrets
import sys

import pytest

from tests.faults.report.plugin import PLUGIN, FaultPlugin
from tests.faults.report.render import PAGE, as_row, render
from tests.faults.report.results import merged, read_results, write_results


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


class Registration:
    """Registers the plugin under its name, by which fixtures find it."""

    def __init__(self, plugin: FaultPlugin) -> None:
        self._plugin = plugin

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the plugin."""
        config.pluginmanager.register(self._plugin, PLUGIN)


def main(chosen: argparse.Namespace) -> int:
    """Run the tests. Returns pytest's exit code."""
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    only = [name.strip() for name in chosen.only.split(",") if name.strip()]
    plugin = FaultPlugin(only, seed, chosen.trials, long=chosen.long)
    print(f"Seed {seed}; {chosen.trials} trial(s) of each test that takes a seed", flush=True)
    arguments = [*chosen.paths, "-p", "no:schemathesis", "-p", "no:xdist", "-m", "not e2e or faults", "-q"]
    code = int(pytest.main(arguments, plugins=[Registration(plugin)]))
    fresh = plugin.results()
    if fresh and (chosen.record or not (only or chosen.paths != ["tests"])):
        results = merged(read_results(), fresh)
        write_results(results)
        PAGE.write_text(render(results), encoding="utf-8")
        print(f"Wrote {PAGE}")
    print("".join(as_row(result) for result in fresh))
    return code


if __name__ == "__main__":
    sys.exit(main(options()))
