"""`python -m tests.containers.pull`: pulls the images that the tests need but do not build."""

import shutil
import subprocess

from deploy.images.references import pinned_images
from deploy.local.install.settings import clean_environment

# The variable with which a machine uses an image of its own, for the images that tests start themselves.
NEEDED = {"nats": "NATS_IMAGE", "haproxy": "PROXY_IMAGE", "python": "PYTHON_IMAGE", "node": "NODE_IMAGE"}


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
    """Return the images that the tests need, by the digest that the compose files name."""
    environment, pinned = clean_environment(), pinned_images()
    return sorted(environment.get(variable) or str(pinned[name]) for name, variable in NEEDED.items())


def _quiet(*arguments: str) -> bool:
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
