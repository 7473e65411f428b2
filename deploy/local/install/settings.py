"""The environment for the commands that this package runs; only this module reads it."""

import os

# Variables that would point uv at another virtual environment.
MISLEADING = frozenset({"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT"})


def clean_environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with changes, without the misleading variables."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING} | changes


def path_of_environment() -> str:
    """Return the PATH."""
    return os.environ.get("PATH", os.defpath)
