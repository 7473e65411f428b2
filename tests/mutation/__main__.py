"""Prints what became of the mutants of the last run: `make mutants` runs them and then this."""

import sys
from collections import Counter
from collections.abc import Sequence

from tests.mutation.results import Mutant, changed_lines, counts, explanations, last_run

# Of all mutants, those that no test reaches included.
ENOUGH = 0.85
COLUMNS = ("killed", "survived", "no tests", "timeout")


def main() -> int:
    """Print the table and every survivor without an explanation; return 0 if both are in order."""
    mutants = last_run()
    by_package = counts(mutants)
    print(f"{'package':<22}{'mutants':>9}{''.join(f'{column:>10}' for column in COLUMNS)}{'other':>8}{'killed':>9}")
    for package, numbers in sorted(by_package.items()):
        print(row(package, numbers))
    total = sum(by_package.values(), Counter[str]())
    print(row("all", total))
    print("A time-out counts as not killed: on a busy machine it says nothing about the tests.")
    unread = unexplained([mutant for mutant in mutants if mutant.status == "survived"])
    if unread:
        print(f"{len(unread)} survivors without an explanation in tests/mutation/survivors.toml:", *unread, sep="\n  ")
    return int(bool(unread) or total["killed"] < ENOUGH * total.total())


def row(package: str, numbers: Counter[str]) -> str:
    """Return one line of the table. `other`: mutants that crashed the tests or were not run."""
    named = [numbers[column] for column in COLUMNS]
    other = numbers.total() - sum(named)
    share = numbers["killed"] / numbers.total()
    return f"{package:<22}{numbers.total():>9}{''.join(f'{number:>10}' for number in named)}{other:>8}{share:>9.1%}"


def unexplained(survivors: Sequence[Mutant]) -> list[str]:
    """Return the names of the survivors whose changed lines no explanation names."""
    known = {(one.function, line) for one in explanations() for line in one.lines}
    return [
        mutant.name
        for mutant in survivors
        if not all((mutant.function, line) in known for line in changed_lines(mutant))
    ]


if __name__ == "__main__":
    sys.exit(main())
