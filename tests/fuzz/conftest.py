"""Budgets of generated input: a few examples in every run, as many as fit into `make fuzz MINUTES=…`."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import count, takewhile

import pytest
from hypothesis import HealthCheck, seed, settings

# Enough to find plain mistakes, in well under a second a test.
QUICK_EXAMPLES = 20
EXAMPLES_IN_A_ROUND = 500

Property = Callable[..., None]
Fuzz = Callable[[Property], None]


def minutes() -> float:
    """Return the budget of the whole run; 0 in an ordinary one."""
    return float(os.environ.get("FUZZ_MINUTES", "0"))


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield one seed, and further ones until this test's share of the minutes is spent."""
    fuzzed = sum("fuzz" in item.path.parts for item in request.session.items)
    end = time.monotonic() + 60 * minutes() / fuzzed
    start = int(os.environ.get("FUZZ_SEED", "0"))
    return takewhile(lambda number: number == start or time.monotonic() < end, count(start))


@pytest.fixture
def fuzz(rounds: Iterator[int]) -> Fuzz:
    """Run a property: a decorated function that takes generated values, with other values in each round."""

    def run(check: Property) -> None:
        budget = settings(
            max_examples=EXAMPLES_IN_A_ROUND if minutes() else QUICK_EXAMPLES,
            deadline=None, database=None, suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        budgeted = budget(check)
        for number in rounds:
            seed(number)(budgeted)()

    return run
