"""The file to import: plain or gzipped, read line by line; never more than one line in memory."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# No row that the gateway takes is longer: 40,000 characters as JSON escapes are 480 kB.
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True)
class SourceLine:
    """One line and its number from 1. `end` is the offset of the byte behind it, in the uncompressed text."""

    number: int
    content: bytes
    end: int


@dataclass(frozen=True)
class Position:
    """Where reading goes on: so many lines and bytes have been dealt with."""

    line: int = 0
    offset: int = 0


class Source:
    """A file of JSON Lines. `sha256` is of the file as it lies there; `rows` counts the lines that are not blank."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as raw:
            self._zipped = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            self.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        self.rows = sum(1 for _ in self.lines(Position()))

    def lines(self, after: Position) -> Iterator[SourceLine]:
        """The lines behind a position that are not blank; a line too long to be a row is cut there.

        Raises:
            OSError: the file cannot be read, or is no gzip file after all.
            EOFError: the gzip file ends in the middle.
        """
        with self._open() as text:
            text.seek(after.offset)
            number, offset = after.line, after.offset
            while line := text.readline(LONGEST_LINE):
                number, offset = number + 1, offset + len(line)
                while len(line) == LONGEST_LINE and not line.endswith(b"\n") and (rest := text.readline(CHUNK)):
                    offset += len(rest)
                    if rest.endswith(b"\n"):
                        break
                if line.strip():
                    yield SourceLine(number, line, offset)

    def _open(self) -> BinaryIO:
        return cast(BinaryIO, gzip.open(self.path, "rb")) if self._zipped else self.path.open("rb")
