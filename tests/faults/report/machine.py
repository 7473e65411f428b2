"""Names the commit and the machine of a run."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
GIB = 2**30


def commit() -> str:
    """Return the short name of the checked-out commit, with `+` if files were changed; empty outside of git."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=8", "--exclude=*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip()


def machine() -> str:
    """Return the cores and the memory of this machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    return f"{os.cpu_count()} cores, {memory:.0f} GiB"
