"""Damages the files of a stopped broker, as a failing disk does: flipped bits and cut ends."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from shared.security.broker_accounts import STREAMS_ACCOUNT


@dataclass(frozen=True)
class Damage:
    """One change to one file. `bit`: the flipped bit of the byte at `at`; None: the file ends before `at`."""

    file: Path
    at: int
    bit: int | None

    def apply(self) -> None:
        """Change the file."""
        content = bytearray(self.file.read_bytes())
        if self.bit is None:
            del content[self.at :]
        else:
            content[self.at] ^= 1 << self.bit
        self.file.write_bytes(content)


def stream_folder(store: Path, name: str) -> Path:
    """Return the folder of a stream in a broker's store."""
    return store / "jetstream" / STREAMS_ACCOUNT / "streams" / name


def files_of(folder: Path) -> list[Path]:
    """Return all files that are not empty, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def random_damage(file: Path, random: Random) -> Damage:
    """Return a flip of any bit, or a cut at any byte."""
    at = random.randrange(file.stat().st_size)
    return Damage(file, at, random.choice([None, *range(8)]))
