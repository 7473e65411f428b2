"""Reads a JSON array, or JSON objects one after another in any layout, without holding the file in memory."""

import json
import re
from collections.abc import Iterator
from typing import Any

from deploy.cli.importing.containers.json_lines import bad_byte
from deploy.cli.importing.source.opened_file import OpenedFile, TextLine, UnreadableFile
from deploy.cli.importing.source.rows import Record, RefusedRow

PIECE = 64 * 1024
# An answer of an API with many posts is one value. A larger one should be JSON Lines.
LARGEST_VALUE = 64 * 1024 * 1024
SEPARATORS = re.compile(r"[\s,\x1e]*")
DECODER = json.JSONDecoder()


class _Text:
    """The text that has been read, the place in it up to which it was used, and the line of that place.

    What was used is dropped only when more is read: copying the rest after each value would take minutes after a value
    of some megabytes.
    """

    def __init__(self, file: OpenedFile) -> None:
        self._pieces = file.pieces(PIECE)
        self.text = ""
        self.at = 0
        self.line = 1

    def more(self) -> bool:
        """Read as much again as there is, so that a large value is tried few times. False at the end of the file."""
        rest = self.text[self.at :]
        wanted, pieces, size = max(PIECE, len(rest)), [rest], 0
        for piece in self._pieces:
            if bad := bad_byte(piece):
                raise UnreadableFile(f"Line {bad.line}: {bad.reason}")
            pieces.append(piece.text)
            size += len(piece.text)
            if size >= wanted:
                break
        self.text, self.at = "".join(pieces), 0
        return size > 0

    def skip(self, end: int) -> None:
        """Use the text before `end`."""
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def skip_separators(self) -> bool:
        """Drop spaces and commas. False at the end of the file."""
        while True:
            found = SEPARATORS.match(self.text, self.at)
            self.skip(found.end() if found else self.at)
            if self.at < len(self.text):
                return True
            if not self.more():
                return False


def read(file: OpenedFile) -> Iterator[Record | RefusedRow]:
    """Yield a record for each object.

    Raises:
        UnreadableFile: the JSON is damaged or has a value of more than 64 MiB; the message names the line.
    """
    text = _Text(file)
    in_array = False
    while text.skip_separators():
        first = text.text[text.at]
        if first in "[]" and in_array == (first == "]"):
            in_array = not in_array
            text.skip(text.at + 1)
        else:
            line = text.line
            value = _next_value(text)
            if isinstance(value, dict):
                yield Record(line, value)
            else:
                yield RefusedRow(line, "", "not_json", "the value is not a JSON object", str(value)[:2000])
    if in_array:
        raise UnreadableFile(f"The file ends in line {text.line} before the JSON array does. It is cut off.")


def _next_value(text: _Text) -> Any:
    while True:
        try:
            value, end = DECODER.raw_decode(text.text, text.at)
            if end < len(text.text) or not text.more():  # a number may go on in the next piece
                text.skip(end)
                return value
        except RecursionError as error:
            raise UnreadableFile(f"Line {text.line}: the JSON is nested too deeply.") from error
        except ValueError as error:
            if len(text.text) - text.at > LARGEST_VALUE:
                reason = "the JSON is damaged, or one value is larger than 64 MiB. Make it JSON Lines"
                raise UnreadableFile(f"Line {text.line}: {reason}: jq -c '.[]' FILE") from error
            if _is_damaged(error, text) or not text.more():
                where = text.line + text.text.count("\n", text.at, getattr(error, "pos", text.at))
                raise UnreadableFile(f"Line {where}: the JSON is damaged: {error.args[0]}") from error


def _is_damaged(error: ValueError, text: _Text) -> bool:
    """Return whether more text cannot help: the error is far before the end of what was read."""
    at = getattr(error, "pos", len(text.text))
    return not str(error).startswith("Unterminated string") and at < len(text.text) - 100


def is_start(piece: TextLine) -> bool:
    """Return whether a first line starts a value that goes on in the next line."""
    return piece.text.rstrip().endswith(("{", "[", ","))
