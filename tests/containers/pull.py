"""`python -m tests.containers.pull`: pulls the images that the tests need but do not build."""

import re
import shutil
import subprocess

from deploy.installation.settings import ROOT
from deploy.local.install.settings import clean_environment

FILES = ("compose.yaml", "deploy/compose.cluster.yaml")
# `${NAME:-default}` where a machine may have an image of its own, else the pinned name.
IMAGE = re.compile(r"^\s+image: (?:\$\{(\w+):-([^}]+)\}|([\w./-]+:[\w.-]+))$", re.MULTILINE)


def main() -> None:
    """Pull what is missing. Never fails: tests skip what needs an image that is not there."""
    if shutil.which("docker") is None:
        print("There is no docker on this machine: nothing to pull.")
        return
    for name in wanted():
        if _quiet("image", "inspect", name) or _quiet("pull", "--quiet", name):
            print(f"    {name}")
        else:
            print(f"    {name}: cannot be had here")


def wanted() -> list[str]:
    """Every image of the compose files that is not ours."""
    environment = clean_environment()
    found = [match for file in FILES for match in IMAGE.findall((ROOT / file).read_text(encoding="utf-8"))]
    return sorted({environment.get(variable) or default or fixed for variable, default, fixed in found})


def _quiet(*arguments: str) -> bool:
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
