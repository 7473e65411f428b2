"""The environment that the installation's commands run in: the only place where this package reads it."""

import os

# What would point uv at somebody else's virtual environment.
MISLEADING = frozenset({"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT"})


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes, and without what would mislead uv."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING} | changes


def path_of_environment() -> str:
    """Where commands are looked for."""
    return os.environ.get("PATH", os.defpath)
