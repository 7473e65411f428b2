"""Builds the client when one of its inputs has changed, with the machine's Node or one from PyPI."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.install.python_environment import VENV, ensure_environment
from deploy.local.install.settings import clean_environment, path_of_environment
from deploy.local.install.steps import ROOT, StepFailed, digest_of, is_current, run, step, write_stamp

CLIENT = ROOT / "client"
DIST = CLIENT / "dist"
# Inputs of the build; tests and linter settings do not affect it.
INPUTS = (
    "package.json", "package-lock.json", "index.html", "tsconfig.json", "vite.config.ts", "model-runtime-plugin.ts",
    "compressed-assets-plugin.ts",
    "public", "src",
)  # fmt: skip
# Stamps lie beside the packages, not in `dist`: Vite empties that folder, and the gateway serves all of it.
INSTALLED, BUILT = CLIENT / "node_modules" / ".ottit-installed", CLIENT / "node_modules" / ".ottit-built"


def npm(*arguments: str) -> None:
    """Run npm in the client's folder.

    Raises:
        StepFailed: Node is missing and could not be installed, or npm failed.
    """
    run(["npm", *arguments], cwd=CLIENT, environment=clean_environment(PATH=search_path()))


def ensure_packages() -> None:
    """Install the packages of `package-lock.json`, unless they are installed."""
    digest = digest_of(ROOT, [CLIENT / "package-lock.json"])
    if is_current(INSTALLED, digest):
        return
    search_path()  # a separate step if Node must be installed first
    with step("Packages of the client (npm ci)"):
        npm("ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    write_stamp(INSTALLED, digest)


def ensure_built() -> None:
    """Build `client/dist`, unless it was built from exactly these inputs and has not changed since.

    Raises:
        StepFailed: the build failed; the compiler's output is above.
    """
    digest = digest_of(ROOT, _inputs())
    if is_current(BUILT, f"{digest} {_output_digest()}") and (DIST / "index.html").exists():
        return
    ensure_packages()
    with step("The client (npm run build)"):
        npm("run", "build", "--silent", "--", "--logLevel", "warn")
    if not (CLIENT / "dist" / "index.html").exists():
        raise StepFailed("the build did not create client/dist/index.html")
    write_stamp(BUILT, f"{digest} {_output_digest()}")


def _output_digest() -> str:
    """Return a digest of the built files: a damaged or lost one is built again."""
    return digest_of(DIST, [DIST])


def _inputs() -> list[Path]:
    return [CLIENT / name for name in INPUTS]


def is_new_enough(version: str) -> bool:
    """Tell if Vite 8 supports this Node (`engines`: ^20.19.0 || >=22.12.0). `version`: output of `node --version`."""
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", version.strip())
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def search_path() -> str:
    """Return a PATH with `node` and `npm`; install the dependency group `node` if the machine has none.

    Raises:
        StepFailed: Node could not be installed.
    """
    path = path_of_environment()
    if shutil.which("npm") and is_new_enough(_node_version()):
        return path
    ensure_environment("node")
    return f"{VENV / 'bin'}{os.pathsep}{path}"


def _node_version() -> str:
    node = shutil.which("node")
    if not node:
        return ""
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
