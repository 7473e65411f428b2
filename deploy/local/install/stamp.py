"""Stamps: a digest of what something was made from, kept beside it, so that it is made again only after a change."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of(root: Path, inputs: Iterable[Path], *also: str) -> str:
    """A digest of the files' names below `root` and contents, and of the words in `also`; folders count whole."""
    files = {file for given in inputs for file in _files_of(given)}
    digest = hashlib.sha256("\0".join(also).encode())
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()


def _files_of(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return (file for file in path.rglob("*") if file.is_file())
    return [path] if path.exists() else []


def is_current(stamp: Path, digest: str) -> bool:
    """Whether the stamp says that the thing was made from exactly this."""
    return stamp.exists() and stamp.read_text().strip() == digest


def write(stamp: Path, digest: str) -> None:
    """Note what the thing was made from; call it when the making has succeeded."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(f"{digest}\n")
