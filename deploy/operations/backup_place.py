"""Refuses a backup into a folder that vanishes with its container: a tmpfs, or the container's own writable layer.

Also explains that a folder's disk is full.
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# File systems that live in memory or in a container's writable layer (proc(5), `/proc/self/mountinfo`).
IN_MEMORY, LAYERED = frozenset({"tmpfs", "ramfs"}), frozenset({"overlay", "aufs", "fuse-overlayfs"})
# Files that Docker and Podman create in every container, and the folder of a Kubernetes service account.
CONTAINER_SIGNS = ("/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io")


class VanishingPlace(Exception):
    """The folder is deleted with its container."""


class DiskFull(Exception):
    """The disk of the folder has no room for the backup."""


@contextmanager
def explained_full_disk(folder: Path) -> Iterator[None]:
    """Raises DiskFull instead of the error of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"the disk of {folder} is full. Earlier backups there are unchanged and complete. Free some space or "
            "choose another folder, then repeat the command."
        ) from error


def check_place(folder: Path) -> None:
    """Raises VanishingPlace if this process runs in a container, and the folder would be deleted with it."""
    if any(Path(sign).exists() for sign in CONTAINER_SIGNS):
        check_mount(folder.resolve(), Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines())


def check_mount(folder: Path, mountinfo: Iterable[str]) -> None:
    """Raises VanishingPlace if the absolute path lies on a file system of memory or of a container's layer.

    `mountinfo`: the lines of `/proc/self/mountinfo`.
    """
    kind = _file_system(folder, mountinfo)
    if kind in IN_MEMORY | LAYERED:
        where = "is kept in memory" if kind in IN_MEMORY else "belongs to the container itself"
        raise VanishingPlace(
            f"{folder} {where} ({kind}), so the backup would be deleted with this container. Mount a folder of the "
            "machine, for example `docker compose run --rm -v /backups:/backups operator backup /backups`. "
            "If you copy the file out yourself, add `--vanishing`."
        )


def _file_system(folder: Path, mountinfo: Iterable[str]) -> str:
    """Return the type of the file system that holds the path; later mounts hide earlier ones."""
    length, kind = 0, ""
    for line in mountinfo:
        before, _, after = line.partition(" - ")
        place = Path(before.split()[4].replace("\\040", " "))
        if folder.is_relative_to(place) and len(place.parts) >= length:
            length, kind = len(place.parts), after.split()[0]
    return kind
