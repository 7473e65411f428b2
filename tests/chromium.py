"""Finds or installs the Chromium for the browser tests. `make test` runs `python -m tests.chromium`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.install.settings import clean_environment

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Folders of Playwright's builds (its documentation, "Managing browser binaries").
PLAYWRIGHT_FOLDERS = (Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright")
PLAYWRIGHT_BUILDS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
MAC_APPS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def find_chromium() -> Path | None:
    """Return a Chromium that starts on this machine, or None."""
    paths = [Path(path) for name in NAMES if (path := shutil.which(name))]
    paths += [app for app in MAC_APPS if app.exists()]
    paths += [build for folder in PLAYWRIGHT_FOLDERS for names in PLAYWRIGHT_BUILDS for build in folder.glob(names)]
    return next((path for path in paths if _starts(path)), None)


def install_chromium() -> Path | None:
    """Install Chromium with apt if possible, else with Playwright. Return it, or None."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("==> Chromium for the browser tests (apt-get)", flush=True)
        _apt_get("update", "-qq")
        _apt_get("install", "-y", "-qq", "--no-install-recommends", "chromium")
        if installed := find_chromium():
            return installed
    print("==> Chromium for the browser tests (playwright install)", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find_chromium()


def main() -> int:
    """Print the path of Chromium. Return 1 if there is none and none could be installed."""
    chromium = find_chromium() or install_chromium()
    if chromium is None:
        print("Chromium is missing, and neither apt-get nor Playwright could install it.", file=sys.stderr)
        print("Install Chromium or Chrome so that `chromium` or `google-chrome` is on the PATH.", file=sys.stderr)
        return 1
    print(f"==> Chromium: {chromium}", flush=True)
    return 0


def _apt_get(*arguments: str) -> None:
    quiet = clean_environment(DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", *arguments], check=False, stdout=subprocess.DEVNULL, env=quiet)


def _starts(path: Path) -> bool:
    """Tell if it runs: Ubuntu's `chromium` package, for example, is a script that only names a snap."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
