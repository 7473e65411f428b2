"""The built client: made again only when one of its inputs has changed."""

from pathlib import Path

from deploy.local.install import stamp
from deploy.local.install.node import search_path
from deploy.local.install.settings import clean_environment
from deploy.local.install.steps import ROOT, StepFailed, run, step

CLIENT = ROOT / "client"
# What the build reads. Tests and linter settings change nothing in it.
INPUTS = (
    "package.json", "package-lock.json", "index.html", "tsconfig.json", "vite.config.ts", "build-runtime.ts", "public",
    "src",
)  # fmt: skip
# Beside the packages and not in `dist`: Vite empties that folder, and the gateway serves all of it.
INSTALLED, BUILT = CLIENT / "node_modules" / ".ottit-installed", CLIENT / "node_modules" / ".ottit-built"


def npm(*arguments: str) -> None:
    """Run npm in the client's folder.

    Raises:
        StepFailed: there is no Node and none could be installed, or npm failed.
    """
    run(["npm", *arguments], cwd=CLIENT, environment=clean_environment(PATH=search_path()))


def ensure_packages() -> None:
    """Install what `package-lock.json` says, unless that was done."""
    digest = stamp.digest_of(ROOT, [CLIENT / "package-lock.json"])
    if stamp.is_current(INSTALLED, digest):
        return
    search_path()  # says so by itself where Node must be installed first
    with step("Packages of the client (npm ci)"):
        npm("ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    stamp.write(INSTALLED, digest)


def ensure_built() -> None:
    """Build `client/dist` unless it was built from exactly these inputs.

    Raises:
        StepFailed: the client does not build; the compiler's words are above.
    """
    digest = stamp.digest_of(ROOT, _inputs())
    if stamp.is_current(BUILT, digest) and (CLIENT / "dist" / "index.html").exists():
        return
    ensure_packages()
    with step("The client (npm run build)"):
        npm("run", "build", "--silent", "--", "--logLevel", "warn")
    if not (CLIENT / "dist" / "index.html").exists():
        raise StepFailed("the build left no client/dist/index.html")
    stamp.write(BUILT, digest)


def _inputs() -> list[Path]:
    return [CLIENT / name for name in INPUTS]
