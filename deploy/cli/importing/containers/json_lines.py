"""Reads JSON Lines: an object per line."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from deploy.cli.importing.source.opened_file import MAX_LINE, OpenedFile, TextLine
from deploy.cli.importing.source.rows import Record, RefusedRow

BAD_BYTE = re.compile("[\udc80-\udcff]")
# The start of a line that cannot be read, for the file of refused rows.
SHOWN = 2000


def read(file: OpenedFile) -> Iterator[Record | RefusedRow]:
    """Yield a record for each line that is not blank."""
    skipping = 0
    for line in file.pieces(MAX_LINE):
        if line.number == skipping or not line.text.strip():
            continue
        if len(line.text) >= MAX_LINE and not line.text.endswith("\n"):
            skipping = line.number
            yield RefusedRow(line.number, "", "too_long", "the line is longer than 1 MiB", line.text[:SHOWN])
        else:
            yield parse_line(line)


def parse_line(line: TextLine) -> Record | RefusedRow:
    """Parse one line."""
    if bad := bad_byte(line):
        return bad
    try:
        value = parse(line.text)
    except ValueError as error:
        shown = line.text[:SHOWN].encode("utf-8", "replace").decode()
        return RefusedRow(line.number, "", "not_json", f"the line is no JSON: {error}", shown)
    if not isinstance(value, dict):
        return RefusedRow(line.number, "", "not_json", "the line is not a JSON object", line.text[:SHOWN])
    return Record(line.number, value)


def parse(text: str) -> Any:
    """Parse JSON. Unlike the fast parser, the slow one accepts lone surrogate escapes and large numbers.

    Raises:
        ValueError: this is no JSON.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        try:
            return json.loads(text)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error


def bad_byte(line: TextLine) -> RefusedRow | None:
    """Return a refusal that names the first byte that is not UTF-8; None if there is none."""
    found = BAD_BYTE.search(line.text)
    if not found:
        return None
    before = len(line.text[: found.start()].encode("utf-8", "surrogateescape"))
    byte = ord(found[0]) - 0xDC00
    reason = (
        f"byte {before + 1} of the line (byte {line.start + before + 1} of the file) is 0x{byte:02X}, which is not "
        "UTF-8. If the file is in Latin-1 or Windows-1252, add: --encoding latin-1 or --encoding cp1252"
    )
    shown = line.text[:SHOWN].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return RefusedRow(line.number, "", "not_utf8", reason, shown)
