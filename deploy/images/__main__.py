"""`python -m deploy.images`: pins every image of others to the contents that its tag has now (`make pin-images`).

For another version, change the tag in `deploy/images/pinned.txt` first. Exit codes: 0 done, 1 a tag could not be
resolved, and then nothing was written.
"""

import sys

import httpx

from deploy.images.references import Image, files, pinned_images, rewritten, write_list
from deploy.images.registry import NotResolved, current_digest

ANSWER_S = 30.0


def main() -> int:
    """Resolve all tags, print the changes, and write the list and the files that name the images."""
    pinned = pinned_images()
    try:
        with httpx.Client(timeout=ANSWER_S, follow_redirects=True) as client:
            current = [image.with_digest(current_digest(client, image)) for image in pinned.values()]
    except NotResolved as reason:
        print(f"{reason} Nothing was written.", file=sys.stderr)
        return 1
    print("\n".join(changes(pinned, current) or ["Every image is pinned to the contents that its tag has now."]))
    write(current)
    return 0


def changes(pinned: dict[str, Image], current: list[Image]) -> list[str]:
    """Return a line for each image whose tag has other contents now."""
    return [f"{image.name}:{image.tag}\n  - {pinned[image.name].digest}\n  + {image.digest}"
            for image in current if image.digest != pinned[image.name].digest]  # fmt: skip


def write(images: list[Image]) -> None:
    """Write the list, and the references of every file that names an image."""
    write_list(images)
    by_name = {image.name: image for image in images}
    for path in files():
        path.write_text(rewritten(path.read_text(encoding="utf-8"), by_name), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
