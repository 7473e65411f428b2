"""Runs measurements in separate processes with the environment of services."""

import json
import os
import subprocess
import sys
from typing import Any

from deploy.installation.settings import ROOT
from deploy.local.process_specs import LOW_MEMORY


def run_in_process(module: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run `python -m module arguments` and return the JSON object on its last line of output."""
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env={**LOW_MEMORY, **os.environ, **environment}, text=True, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result
