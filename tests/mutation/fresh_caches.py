"""A pytest plugin that empties the caches of product and tests in a mutation run, and ends tests that loop.

mutmut runs against a changed function only the tests that called it during its first run, on the unchanged code. There
the first test alone would call a cached function, so every test starts with empty caches. In the process of a changed
function they are emptied once: the process from which it was forked has filled them with results of unchanged code.

The limit of a test is in CPU time of its process, so that a busy machine does not count as a loop.
"""

import functools
import os
import signal
import sys
from collections.abc import Iterator

import pytest

# The slowest test takes ten seconds.
MOST_CPU_S = 40.0


def empty_caches() -> None:
    """Empty every functools cache of the product and its tests."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("shared", "services", "tests")):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def pytest_collection_finish() -> None:
    """Empty the caches before the first test."""
    empty_caches()


def pytest_runtest_setup() -> None:
    """Empty the caches before every test of mutmut's first run."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        empty_caches()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a test that computes for too long."""
    signal.signal(signal.SIGVTALRM, _fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _fail(*_: object) -> None:
    pytest.fail(f"the test took more than {MOST_CPU_S:.0f} s of CPU time")
