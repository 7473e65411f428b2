"""Creates the Python environment of the checkout: uv at one exact version, then the packages of the lock file."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.install.settings import clean_environment
from deploy.local.install.steps import ROOT, StepFailed, digest_of, is_current, run, step, write_stamp

# The version that wrote uv.lock; another one may read or sync it differently. The file has the hashes of its wheels.
UV_VERSION = "0.13.9"
UV_HASHES = ROOT / "deploy" / "tools" / "uv.txt"
UV_HOME = ROOT / ".uv"
VENV = ROOT / ".venv"
# Groups that include another one: the packages of `make test` are enough for `make up`.
INCLUDED_IN = {
    "local": ("local", "dev", "mutants", "provider"),
    "dev": ("dev", "mutants", "provider"),
    "mutants": ("mutants",),
    "provider": ("provider",),
    "audit": ("audit",),
    "node": ("node",),
}
PURPOSE = {
    "local": "running Ottit (downloaded the first time)",
    "dev": "testing Ottit (downloaded the first time)",
    "audit": "asking about published weaknesses (downloaded the first time)",
    "mutants": "measuring the tests (downloaded the first time)",
    "provider": "asking a real server for language models (130 MB the first time)",
    "node": "building the client: Node, because this machine has none (60 MB the first time)",
}


def ensure_environment(group: str) -> None:
    """Install a dependency group into `.venv`, unless it is installed for this lock file.

    Packages of other groups stay, so `make up` does not remove the test packages of the same checkout.

    Raises:
        StepFailed: uv or a package could not be installed.
    """
    digest = _digest()
    if any(is_current(VENV / f".ottit-{name}", digest) for name in INCLUDED_IN[group]):
        return
    uv = ensure_uv()
    with step(f"Python packages for {PURPOSE[group]}"):
        # Compile once here, on all cores, instead of in every service at its first start.
        changes = {"UV_COMPILE_BYTECODE": "1", "UV_HTTP_TIMEOUT": "180"}
        if not (VENV / "bin" / "python").exists():
            changes["UV_PYTHON"] = sys.executable
        run([uv, "sync", "--frozen", "--inexact", "--group", group], environment=clean_environment(**changes))
    write_stamp(VENV / f".ottit-{group}", digest)


def ensure_uv() -> Path:
    """Return uv at the required version: the machine's, or one installed into `.uv`.

    Raises:
        StepFailed: neither `venv` nor pip works on this machine.
    """
    for candidate in (UV_HOME / "bin" / "uv", UV_HOME / "site" / "bin" / "uv", shutil.which("uv")):
        if candidate and _version_of(Path(candidate)) == UV_VERSION:
            return Path(candidate)
    with step(f"uv {UV_VERSION}, into .uv"):
        return _install_uv()


def _digest() -> str:
    """Return a digest of the lock file, the declared groups and the Python version."""
    return digest_of(ROOT, [ROOT / "uv.lock", ROOT / "pyproject.toml"], platform.python_version())


def _version_of(uv: Path) -> str | None:
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    words = answer.stdout.split()
    return words[1] if answer.returncode == 0 and len(words) > 1 else None


def _install_uv() -> Path:
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    try:
        run([sys.executable, "-m", "venv", "--clear", UV_HOME])
        run([UV_HOME / "bin" / "python", *pip, "--requirement", UV_HASHES])
        return UV_HOME / "bin" / "uv"
    except StepFailed:  # Debian's python3 without python3-venv; its pip can still install into a folder
        print("    `python3 -m venv` does not work here; trying pip alone", flush=True)
    try:
        run([sys.executable, *pip, "--target", UV_HOME / "site", "--requirement", UV_HASHES])
    except StepFailed as error:
        advice = f"Install uv {UV_VERSION} yourself, or on Debian and Ubuntu: apt install python3-venv"
        raise StepFailed(f"uv could not be installed: {error}. {advice}") from error
    return UV_HOME / "site" / "bin" / "uv"
