"""Damages to files of derived state, for tests that start a service on them. Each takes a path and a random source."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

Damage = Callable[[Path, Random], object]


def flip(path: Path, at: int, count: int, source: Random) -> None:
    """Change `count` random bits in the 4,096 bytes from `at` on."""
    content = bytearray(path.read_bytes())
    for _ in range(count):
        content[min(len(content) - 1, at + source.randrange(4096))] ^= 1 << source.randrange(8)
    path.write_bytes(content)


def flip_middle(path: Path, source: Random) -> None:
    """Change a random bit anywhere."""
    size = path.stat().st_size
    if size:
        flip(path, source.randrange(size), 1, source)


def put_other_tables(path: Path, _: Random) -> None:
    """Put a valid database with other tables into the place."""
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE marks (name TEXT, value TEXT)")
        db.execute("CREATE TABLE reached (stream TEXT)")
    db.close()


def make_folder(path: Path, _: Random) -> None:
    """Put a folder with a file into the place."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.mkdir()
    (path / "something").write_text("else")


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a file beside another."""
    return path.with_name(path.name + suffix)


# One bit, so that nothing but the seal may notice; the others after a crash too.
AFTER_A_STOP: dict[str, Damage] = {"one bit": flip_middle}
EVER: dict[str, Damage] = {
    "header": lambda path, source: flip(path, 0, 200, source),
    "truncated": lambda path, _: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "short": lambda path, _: path.write_bytes(path.read_bytes()[:100]),
    "empty": lambda path, _: path.write_bytes(b""),
    "missing": lambda path, _: path.unlink(),
    "text": lambda path, _: path.write_text("this was a database\n" * 500),
    "random bytes": lambda path, source: path.write_bytes(source.randbytes(20_000)),
    "read-only": lambda path, _: path.chmod(0o400),
    "another version's tables": put_other_tables,
    "a folder": make_folder,
    "a foreign write-ahead log": lambda path, source: beside(path, "-wal").write_bytes(source.randbytes(9000)),
    "a folder for the write-ahead log": lambda path, source: make_folder(beside(path, "-wal"), source),
    "a damaged seal": lambda path, _: beside(path, ".seal").write_bytes(b"\xff"),
    "a folder for the seal": lambda path, source: make_folder(beside(path, ".seal"), source),
    "a mark of damage": lambda path, _: beside(path, ".damaged").write_text("found while in use"),
}


def damages() -> list[tuple[str, Damage, bool]]:
    """Return name, damage, and whether the file was closed in order: then it has a seal."""
    stopped = [(name, damage, True) for name, damage in {**AFTER_A_STOP, **EVER}.items()]
    return stopped + [(f"{name}, after a crash", damage, False) for name, damage in EVER.items()]
