"""Prints what became of the mutants of the last run and writes docs/mutants.md: `make mutants` ends with this."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation.render import HEAD, table
from tests.mutation.results import Change, Mutant, changes_of, counts, explanations, last_run

# Of all mutants, those that no test reaches included.
ENOUGH = 0.85
DOCUMENT = Path("docs/mutants.md")


def main() -> int:
    """Print the table and every survivor without an explanation; return 0 if both are in order."""
    mutants = last_run()
    by_package = counts(mutants)
    survivors = [changes_of(mutant) for mutant in mutants_that("survived", mutants)]
    unread = unexplained(survivors)
    head = ["git", "rev-parse", "--short=8", "HEAD"]
    commit = subprocess.run(head, capture_output=True, text=True, check=True).stdout
    numbers = table(by_package)
    read = f"Of {len(survivors)} survivors, {len(survivors) - len(unread)} are explained."
    when = f"Last run: {datetime.now(UTC):%Y-%m-%d}, commit {commit.strip()}. {read}"
    DOCUMENT.write_text(f"{HEAD}\n{when}\n\n{numbers}", encoding="utf-8")
    print(numbers, read, sep="\n")
    for change in unread:
        print(f"  {change.function}\n    was {change.was}\n    now {change.now}")
    total = sum(by_package.values(), Counter[str]())
    return int(bool(unread) or total["killed"] < ENOUGH * total.total())


def mutants_that(status: str, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return the mutants with a status."""
    return [mutant for mutant in mutants if mutant.status == status]


def unexplained(survivors: Sequence[Change]) -> list[Change]:
    """Return the changes that have no explanation."""
    known = explanations()
    return [change for change in survivors if change not in known]


if __name__ == "__main__":
    sys.exit(main())
