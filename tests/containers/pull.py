"""`python -m tests.containers.pull`: pulls the images that the tests need but do not build."""

import re
import shutil
import subprocess

from deploy.installation.settings import ROOT
from deploy.local.install.settings import clean_environment

FILES = ("compose.yaml", "deploy/compose.cluster.yaml")
# `${NAME:-default}` if a machine may use its own image, else the pinned name.
IMAGE = re.compile(r"^\s+image: (?:\$\{(\w+):-([^}]+)\}|([\w./-]+:[\w.-]+))$", re.MULTILINE)


def main() -> None:
    """Pull missing images. Never fails: tests that need a missing image are skipped."""
    if shutil.which("docker") is None:
        print("Docker is not installed: nothing to pull.")
        return
    for name in wanted():
        if _quiet("image", "inspect", name) or _quiet("pull", "--quiet", name):
            print(f"    {name}")
        else:
            print(f"    {name}: not available here")


def wanted() -> list[str]:
    """Return the images of the compose files that are not built here."""
    environment = clean_environment()
    found = [match for file in FILES for match in IMAGE.findall((ROOT / file).read_text(encoding="utf-8"))]
    return sorted({environment.get(variable) or default or fixed for variable, default, fixed in found})


def _quiet(*arguments: str) -> bool:
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
