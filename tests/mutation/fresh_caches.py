"""A pytest plugin that empties the product's caches in a mutation run.

mutmut runs against a changed function only the tests that called it during its first run, on the unchanged code. There
the first test alone would call a cached function, so every test starts with empty caches. In the process of a changed
function they are emptied once: the process from which it was forked has filled them with results of unchanged code.
"""

import functools
import os
import sys


def empty_caches() -> None:
    """Empty every functools cache of a module of the product."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("shared", "services")):
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
