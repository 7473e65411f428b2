"""Prints what became of the mutants of the last run: `make mutants` runs them and then this."""

import sys
from collections import Counter
from collections.abc import Sequence

from tests.mutation.results import Change, Mutant, changes_of, counts, explanations, last_run

# Of all mutants, those that no test reaches included.
ENOUGH = 0.85
COLUMNS = ("killed", "survived", "no tests", "timeout", "not checked")


def main() -> int:
    """Print the table and every survivor without an explanation; return 0 if both are in order."""
    mutants = last_run()
    by_package = counts(mutants)
    print(f"{'package':<22}{'mutants':>9}{''.join(f'{column:>12}' for column in COLUMNS)}{'other':>8}{'killed':>9}")
    for package, numbers in sorted(by_package.items()):
        print(row(package, numbers))
    total = sum(by_package.values(), Counter[str]())
    print(row("all", total))
    print("A time-out counts as not killed: on a busy machine it says nothing about the tests.")
    unread = unexplained([mutant for mutant in mutants if mutant.status == "survived"])
    if unread:
        print(f"{len(unread)} survivors are not explained in tests/mutation/survivors.toml:")
    for change in unread:
        print(f"  {change.function}\n    was {change.was}\n    now {change.now}")
    return int(bool(unread) or total["killed"] < ENOUGH * total.total())


def row(package: str, numbers: Counter[str]) -> str:
    """Return one line of the table. `other`: mutants that crashed the tests."""
    named = [numbers[column] for column in COLUMNS]
    other = numbers.total() - sum(named)
    share = numbers["killed"] / numbers.total()
    return f"{package:<22}{numbers.total():>9}{''.join(f'{number:>12}' for number in named)}{other:>8}{share:>9.1%}"


def unexplained(survivors: Sequence[Mutant]) -> list[Change]:
    """Return the changes of the survivors that have no explanation."""
    known = explanations()
    return [change for change in map(changes_of, survivors) if change not in known]


if __name__ == "__main__":
    sys.exit(main())
