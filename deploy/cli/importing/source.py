"""Reads an import file: lines (plain or gzipped), rows that the gateway accepts, and batches for one request."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from pydantic import ValidationError

from services.gateway.operations.schemas import ImportRow

CHUNK_BYTES = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# No row that the gateway takes is longer: 40,000 characters as JSON escapes are 480 kB.
MAX_LINE = 1024 * 1024
FIELDS = frozenset(ImportRow.model_fields)
# Large enough that a request's own cost vanishes, small enough that an interruption repeats little.
MAX_ROWS = 100
# Far below what the gateway takes in one import request: a batch of long texts should not take seconds.
MAX_BYTES = 2 * 1024 * 1024


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
            while line := text.readline(MAX_LINE):
                number, offset = number + 1, offset + len(line)
                while len(line) == MAX_LINE and not line.endswith(b"\n") and (rest := text.readline(CHUNK_BYTES)):
                    offset += len(rest)
                    if rest.endswith(b"\n"):
                        break
                if line.strip():
                    yield SourceLine(number, line, offset)

    def _open(self) -> BinaryIO:
        return cast(BinaryIO, gzip.open(self.path, "rb")) if self._zipped else self.path.open("rb")


@dataclass(frozen=True)
class Row:
    """A row, in the words of the file. `post` has only fields that the gateway knows."""

    line: int
    id: str
    post: dict[str, Any]


@dataclass(frozen=True)
class RefusedRow:
    """A row that did not go in: a stable code, and the reason in words."""

    line: int
    id: str
    code: str
    reason: str


def parse_row(number: int, line: bytes) -> Row | RefusedRow:
    """Read one line. Fields that are null count as absent, fields that nobody knows are left out."""
    try:
        fields = orjson.loads(line.strip().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return RefusedRow(number, "", "not_json", str(error))
    if not isinstance(fields, dict):
        return RefusedRow(number, "", "not_json", "the line is not a JSON object")
    post = {name: value for name, value in fields.items() if name in FIELDS and value is not None}
    for name in ("id", "parent_id"):  # numbers are usual as ids
        if isinstance(post.get(name), int):
            post[name] = str(post[name])
    source_id = str(post.get("id", ""))[:200]
    try:
        ImportRow.model_validate(post)
    except ValidationError as error:
        first = error.errors()[0]
        return RefusedRow(number, source_id, "invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    if not post["text"].strip() and not str(post.get("title", "")).strip():
        return RefusedRow(number, source_id, "empty", "the row has neither text nor title")
    return Row(number, source_id, post)


@dataclass
class Batch:
    """Rows to submit, rows that were refused on reading, and the position behind them."""

    rows: list[Row] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    end: Position = field(default_factory=Position)

    def waves(self) -> list[list[Row]]:
        """The rows so that no reply travels beside its parent: the gateway takes the rows of a request all at once."""
        depth: dict[str, int] = {}
        waves: list[list[Row]] = []
        for row in self.rows:
            depth[row.id] = depth.get(str(row.post.get("parent_id")), -1) + 1
            if depth[row.id] == len(waves):
                waves.append([])
            waves[depth[row.id]].append(row)
        return waves


def batches(lines: Iterable[SourceLine]) -> Iterator[Batch]:
    """Cut lines into batches, by number and by size; the last one may be small."""
    batch, size = Batch(), 0
    for line in lines:
        row = parse_row(line.number, line.content)
        batch.rows.append(row) if isinstance(row, Row) else batch.refused.append(row)
        batch.end = Position(line.number, line.end)
        size += len(line.content)
        if len(batch.rows) + len(batch.refused) >= MAX_ROWS or size >= MAX_BYTES:
            yield batch
            batch, size = Batch(), 0
    if batch.rows or batch.refused:
        yield batch
