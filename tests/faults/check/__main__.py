"""`python -m tests.faults.check --journal FILE --data FOLDER`: judges an installation, running or stopped."""

import argparse
import asyncio
import sys
from pathlib import Path

from deploy.installation.admin_context import NotRunning
from tests.faults.canary_search import words_left
from tests.faults.check.judgement import ALL, ELSEWHERE, judge_folder
from tests.faults.check.stored import Findings
from tests.faults.mixed_load.journal import read_journal

SHOWN_VIOLATIONS = 10


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.check",
        description="Check the invariants of an installation against the journal of a mixed load. Changes nothing: "
        "a stopped installation is read from a copy of its folder.",
    )
    parser.add_argument("--journal", type=Path, required=True, help="written by python -m tests.faults.mixed_load")
    parser.add_argument("--data", type=Path, required=True, help="the data folder (OTTIT_DATA_DIR)")
    parser.add_argument("--url", default="", help="the gateway's URL, if it is not the launcher's")
    parser.add_argument(
        "--traces-after", type=float, default=0.0, metavar="TIME",
        help="judge only traces of posts sent after this time in seconds since 1970: a killed broker forgets spans",
    )  # fmt: skip
    parser.add_argument(
        "--erased", action="append", default=[], metavar="WORD",
        help="a word that only an erased person has written, in ASCII letters and digits: search every byte for it",
    )  # fmt: skip
    return parser.parse_args()


def report(findings: Findings) -> int:
    """Print the verdict on every invariant. Returns the exit code."""
    for name in ALL:
        wrong = findings.get(name)
        if wrong is None:
            print(f"{name:<4} not judged here: {ELSEWHERE.get(name, 'needs a running installation')}")
            continue
        print(f"{name:<4} {'holds' if not wrong else f'{len(wrong)} violations'}")
        for line in wrong[:SHOWN_VIOLATIONS]:
            print(f"       {line}")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    chosen = options()
    try:
        found = asyncio.run(
            judge_folder(chosen.data.absolute(), read_journal(chosen.journal), chosen.url, chosen.traces_after)
        )
        found["I14"] = [*found.get("I14", []), *words_left(chosen.data, chosen.erased)]
    except (NotRunning, FileNotFoundError) as error:
        sys.exit(str(error))
    sys.exit(report(found))
