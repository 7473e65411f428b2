"""Reads CSV, with the names of the fields in the first row."""

import csv
from collections.abc import Iterator

from deploy.cli.importing.containers.json_lines import SHOWN, bad_byte
from deploy.cli.importing.source.opened_file import MAX_LINE, OpenedFile, TextLine, UnreadableFile
from deploy.cli.importing.source.rows import Record, RefusedRow

DELIMITERS = ",;\t|"
NULLS = frozenset({"\\N", "NULL", "null"})


class _Lines:
    """The lines for the CSV parser. It notes where the current row starts, and bytes that are not UTF-8."""

    def __init__(self, file: OpenedFile) -> None:
        self._pieces = file.pieces(MAX_LINE)
        self.last = 1
        self.bad: RefusedRow | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        self.last = piece.number
        self.bad = self.bad or bad_byte(piece)
        return piece.text


def delimiter_of(header: str) -> str | None:
    """Return the delimiter of a first row; None if it has none."""
    best = max(DELIMITERS, key=header.count)
    return best if best in header else None


def read(file: OpenedFile, delimiter: str) -> Iterator[Record | RefusedRow]:
    """Yield a record for each row.

    Raises:
        UnreadableFile: a quoted field does not end, or is longer than 1 MiB.
    """
    lines = _Lines(file)
    csv.field_size_limit(MAX_LINE)
    rows = csv.reader(lines, delimiter=delimiter, strict=False)
    names = [name.strip() for name in next(rows, [])]
    line = lines.last + 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            reason = "a quoted field does not end, or is longer than 1 MiB"
            raise UnreadableFile(f"The row that starts in line {line}: {reason} ({error}).") from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield lines.bad or _record(line, names, row)
        line, lines.bad = lines.last + 1, None


def _record(line: int, names: list[str], row: list[str]) -> Record | RefusedRow:
    if len(row) > len(names):
        reason = f"the row has {len(row)} cells, and the first row names {len(names)} fields"
        return RefusedRow(line, "", "too_many_cells", reason, row[: len(names) + 1] if len(str(row)) < SHOWN else None)
    return Record(line, {name: None if cell in NULLS else cell for name, cell in zip(names, row, strict=False)})


def looks_like_csv(header: TextLine, known: frozenset[str]) -> bool:
    """Return whether a first line is a header of CSV: it names at least two known fields."""
    delimiter = delimiter_of(header.text)
    names = {name.strip(" \"'\r\n") for name in header.text.split(delimiter)} if delimiter else set()
    return len(names & known) >= 2
