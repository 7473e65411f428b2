"""Node for building the client: the machine's if it is new enough, else the one that PyPI carries."""

import os
import re
import shutil
import subprocess

from deploy.local.install.environment import VENV, ensure_environment
from deploy.local.install.settings import path_of_environment


def is_new_enough(version: str) -> bool:
    """Whether Vite 8 runs on it (`engines`: ^20.19.0 || >=22.12.0). `version` is what `node --version` says."""
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", version.strip())
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def search_path() -> str:
    """A PATH on which `node` and `npm` are found; installs the group `node` where the machine has none.

    Raises:
        StepFailed: Node could not be installed.
    """
    path = path_of_environment()
    if shutil.which("npm") and is_new_enough(_version()):
        return path
    ensure_environment("node")
    return f"{VENV / 'bin'}{os.pathsep}{path}"


def _version() -> str:
    node = shutil.which("node")
    if not node:
        return ""
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
