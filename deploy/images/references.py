"""References to images of others: a name, a tag that people read, and the digest of the contents that is pulled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.installation.settings import ROOT

PINNED = Path(__file__).with_name("pinned.txt")
# Files that name these images. `deploy/k8s/nats_values.py` reads them from the list.
FILES = ("compose.yaml", "deploy/compose.*.yaml", "deploy/Dockerfile")
DIGEST = r"sha256:[0-9a-f]{64}"
REFERENCE = re.compile(rf"(?P<name>[a-z0-9][\w./-]*):(?P<tag>\w[\w.-]*)@(?P<digest>{DIGEST})")


@dataclass(frozen=True)
class Image:
    """One image, such as `nats:2.15.0-alpine@sha256:…`. The digest is that of the index for all platforms."""

    name: str
    tag: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}@{self.digest}"

    def with_digest(self, digest: str) -> "Image":
        """Return this image with the contents that its tag has now."""
        return replace(self, digest=digest)


def read_image(text: str) -> Image:
    """Return the image of a complete reference.

    Raises:
        ValueError: the text has no tag or no digest.
    """
    if (found := REFERENCE.fullmatch(text)) is None:
        raise ValueError(f"{text} is not of the form NAME:TAG@sha256:DIGEST")
    return Image(**found.groupdict())


def pinned_images() -> dict[str, Image]:
    """Return name → image of the list."""
    images = [read_image(line) for line in PINNED.read_text(encoding="utf-8").splitlines()]
    return {image.name: image for image in images}


def write_list(images: Iterable[Image]) -> None:
    """Write the list, sorted."""
    PINNED.write_text("".join(f"{line}\n" for line in sorted(map(str, images))), encoding="utf-8")


def files(root: Path = ROOT) -> list[Path]:
    """Return the files that name images of the list."""
    return sorted(path for pattern in FILES for path in root.glob(pattern))


def rewritten(text: str, images: dict[str, Image]) -> str:
    """Return the text of a file with every complete reference as in the list."""
    return REFERENCE.sub(lambda found: str(images.get(found["name"], found[0])), text)
