"""Small file systems for tests of disks: a tmpfs of a given size, and an ext4 in a file. Both need root."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MIB = 2**20


@contextmanager
def small_tmpfs(folder: Path, size_mib: int) -> Iterator[Path]:
    """Mount a tmpfs of this size on a new folder."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size_mib}m", "ottit-test", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def small_ext4(image: Path, folder: Path, size_mib: int) -> Iterator[Path]:
    """Make an ext4 in a file and mount it on a new folder."""
    with image.open("wb") as file:
        file.truncate(size_mib * MIB)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    with mounted_image(image, folder) as mounted:
        yield mounted


@contextmanager
def mounted_image(image: Path, folder: Path) -> Iterator[Path]:
    """Mount an ext4 image on a new folder. Its journal is replayed, as after a power cut."""
    folder.mkdir()
    # A long interval between the journal's own commits: only what is fsynced reaches the image soon.
    _mount("-o", "loop,commit=300", str(image), str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        _wait_until_detached(image)


def _wait_until_detached(image: Path) -> None:
    """Wait until no process uses the file system any more: a new mount of the image would share its state."""
    deadline = time.monotonic() + 60
    while subprocess.run(["losetup", "-j", str(image)], capture_output=True, text=True, check=True).stdout:
        assert time.monotonic() < deadline, "a process still uses the file system"
        time.sleep(0.1)


def end_writes(folder: Path) -> None:
    """Make a mounted ext4 read-only at once, also for open files, as the kernel does after an error of the disk."""
    _mount("-o", "remount,abort", str(folder))


def _mount(*arguments: str) -> None:
    if os.geteuid():
        pytest.skip("only root may mount file systems")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine cannot mount it: {done.stderr.strip()}")
