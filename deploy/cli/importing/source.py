"""Reads an import file: lines (plain or gzipped), rows that the gateway accepts, and batches for one request."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from pydantic import ValidationError

from services.gateway.imports.schemas import ImportRow

CHUNK_BYTES = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# The gateway accepts no longer row: 40,000 characters as JSON escapes are 480 kB.
MAX_LINE = 1024 * 1024
FIELDS = frozenset(ImportRow.model_fields)
# Large enough to make the cost of a request negligible, small enough that an interruption repeats little.
MAX_ROWS = 100
# Far below the gateway's limit for an import request: a batch of long texts should not take seconds.
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class SourceLine:
    """A line and its number, from 1. `end`: the offset after it, in the uncompressed text."""

    number: int
    content: bytes
    end: int


@dataclass(frozen=True)
class Position:
    """A reading position: the number of lines and bytes already read."""

    line: int = 0
    offset: int = 0


class Source:
    """A file of JSON Lines. `sha256` is the digest of the file (compressed or not); `rows` counts non-blank lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as raw:
            self._zipped = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            self.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        self.rows = sum(1 for _ in self.lines(Position()))

    def lines(self, after: Position) -> Iterator[SourceLine]:
        """Yield the non-blank lines after a position. Lines longer than any row are truncated.

        Raises:
            OSError: the file cannot be read or is not a valid gzip file.
            EOFError: the gzip file is incomplete.
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
    """A row of the file. `post` has only the fields that the gateway accepts."""

    line: int
    id: str
    post: dict[str, Any]


@dataclass(frozen=True)
class RefusedRow:
    """A refused row, with a stable code and a reason."""

    line: int
    id: str
    code: str
    reason: str


def parse_row(number: int, line: bytes) -> Row | RefusedRow:
    """Parse a line. Null fields count as absent; unknown fields are dropped."""
    try:
        fields = orjson.loads(line.strip().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return RefusedRow(number, "", "not_json", str(error))
    if not isinstance(fields, dict):
        return RefusedRow(number, "", "not_json", "the line is not a JSON object")
    post = {name: value for name, value in fields.items() if name in FIELDS and value is not None}
    for name in ("id", "parent_id"):  # ids are often numbers
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
    """Rows to submit, rows refused while reading, and the position after them."""

    rows: list[Row] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    end: Position = field(default_factory=Position)

    def waves(self) -> list[list[Row]]:
        """Return the rows in groups that separate replies from parents: a request's rows are accepted concurrently."""
        depth: dict[str, int] = {}
        waves: list[list[Row]] = []
        for row in self.rows:
            depth[row.id] = depth.get(str(row.post.get("parent_id")), -1) + 1
            if depth[row.id] == len(waves):
                waves.append([])
            waves[depth[row.id]].append(row)
        return waves


def batches(lines: Iterable[SourceLine]) -> Iterator[Batch]:
    """Group lines into batches, limited by number and size."""
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
