"""Reads the XML of Stack Exchange's data dump: `<row Id="1" …/>` elements, whose attributes are the fields."""

import re
from collections.abc import Iterator
from xml.parsers import expat

from deploy.cli.importing.containers.json_lines import bad_byte
from deploy.cli.importing.source.opened_file import OpenedFile, UnreadableFile
from deploy.cli.importing.source.rows import Record, RefusedRow

PIECE = 256 * 1024
# The parser keeps an element until it ends. A post is far smaller.
LARGEST_ELEMENT = 16 * 1024 * 1024
# XML forbids them, but real dumps have them.
FORBIDDEN = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));|[\x00-\x08\x0b\x0c\x0e-\x1f]", re.I
)
DECLARATION = re.compile(r"<\?xml[^>]*\?>")


class _Forbidden(Exception):
    """The XML declares entities, which could grow without bound."""


def read(file: OpenedFile) -> Iterator[Record | RefusedRow]:
    """Yield a record for each `row` element.

    Raises:
        UnreadableFile: the XML is damaged; the message names the line.
    """
    parser = expat.ParserCreate("utf-8")
    found: list[Record] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            found.append(Record(parser.CurrentLineNumber, dict(attributes)))

    def refuse(*_: object) -> None:
        raise _Forbidden

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    line, sent = 1, 0
    try:
        for piece in file.pieces(PIECE):
            line = piece.number
            if bad := bad_byte(piece):
                raise UnreadableFile(f"Line {bad.line}: {bad.reason}")
            # The text is UTF-8 by now, whatever its declaration says.
            text = DECLARATION.sub("", piece.text, count=1) if piece.number == 1 else piece.text
            content = FORBIDDEN.sub("", text).encode()
            parser.Parse(content)
            yield from found
            found.clear()
            sent += len(content)
            if sent - parser.CurrentByteIndex > LARGEST_ELEMENT:
                raise UnreadableFile(f"Line {parser.CurrentLineNumber}: an element is larger than 16 MiB.")
        parser.Parse(b"", True)
    except _Forbidden as error:
        raise UnreadableFile(f"Line {line}: the XML declares entities, which an import does not allow.") from error
    except expat.ExpatError as error:
        raise UnreadableFile(
            f"Line {error.lineno}: the XML is damaged or cut off: {expat.ErrorString(error.code)}."
        ) from error
