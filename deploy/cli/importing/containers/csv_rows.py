"""Reads CSV, with the names of the fields in the first row."""

import csv
import re
from collections.abc import Iterator

from deploy.cli.importing.containers.json_lines import SHOWN, bad_byte
from deploy.cli.importing.source.opened_file import MAX_LINE, OpenedFile, TextLine, UnreadableFile
from deploy.cli.importing.source.rows import Record, RefusedRow

DELIMITERS = ",;\t|"
LINE_END = re.compile(r"[\r\n]")
LONE_RETURN = re.compile(r"\r(?!\n)")
NULLS = frozenset({"\\N", "NULL", "null"})


class _Lines:
    """The lines for the CSV parser. It notes where the current row starts, and bytes that are not UTF-8."""

    def __init__(self, file: OpenedFile) -> None:
        self._pieces = file.pieces(MAX_LINE)
        self.last = 1
        self.bad: RefusedRow | None = None
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            raise StopIteration
        if len(piece.text) >= MAX_LINE and not piece.text.endswith("\n"):
            raise UnreadableFile(f"Line {piece.number} is longer than 1 MiB, so this is no CSV with a row per line.")
        self.last = piece.number
        self.bad = self.bad or bad_byte(piece)
        # A lone carriage return would end the row. The next line character stands for it until texts are cleaned.
        return LONE_RETURN.sub("\x85", piece.text)


def delimiter_of(header: str) -> str | None:
    """Return the delimiter of a first row; None if it has none."""
    best = max(DELIMITERS, key=header.count)
    return best if best in header else None


def read(file: OpenedFile, delimiter: str) -> Iterator[Record | RefusedRow]:
    """Yield a record for each row.

    Raises:
        UnreadableFile: a quoted field does not end, or is longer than 1 MiB; or the first row is not UTF-8.
    """
    lines = _Lines(file)
    csv.field_size_limit(MAX_LINE)
    rows = csv.reader(lines, delimiter=delimiter, strict=False)
    names = [name.strip() for name in next(rows, [])]
    if lines.bad:
        raise UnreadableFile(f"Line {lines.bad.line}, with the names of the fields: {lines.bad.reason}")
    if any("\x85" in name for name in names):
        raise UnreadableFile("The lines end in carriage returns (CR) alone. Convert them: tr '\\r' '\\n'")
    line = lines.last + 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            reason = "a quoted field does not end, or is longer than 1 MiB"
            raise UnreadableFile(f"The row that starts in line {line}: {reason} ({error}).") from error
        if row is None:
            return
        if lines.ended:  # all that follows the quote would become one field of this row
            raise UnreadableFile(f"The row that starts in line {line}: a quoted field does not end.")
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
    first = LINE_END.split(header.text, maxsplit=1)[0]
    names = {name.strip(" \"'") for name in first.split(delimiter)} if delimiter else set()
    return len(names & known) >= 2
