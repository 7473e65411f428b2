"""Reads the rows of a file: JSON Lines, JSON, CSV or XML, as its first line shows."""

from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.cli.importing.containers import csv_rows, json_lines, json_values, xml_rows
from deploy.cli.importing.detection import unwrapped
from deploy.cli.importing.source.opened_file import OpenedFile, TextLine, opened
from deploy.cli.importing.source.rows import Record, RefusedRow

HEAD = 64 * 1024
CSV_FIELDS = frozenset({
    "id", "community", "text", "title", "author", "created_at", "score", "parent_id", "url", "body", "selftext",
    "subreddit", "created_utc", "link_id", "type", "by", "time", "timestamp", "parent", "Id", "PostTypeId", "Body",
    "CreationDate", "Score", "PostId", "Text", "topic_id", "post_number", "raw", "cooked", "username", "user_id",
    "path", "post_id", "content", "published", "creator_id", "community_id", "name",
})  # fmt: skip
Rows = Iterator[Record | RefusedRow]


def read_records(path: Path, encoding: str | None, at: Callable[[int], None]) -> Rows:
    """Yield the rows of a file. `at` receives the number of bytes of the file read so far.

    Raises:
        UnreadableFile: the file is damaged, or has another encoding.
        OSError: the file cannot be read.
    """
    with opened(path, encoding) as file:
        head = next((line for line in file.pieces(HEAD) if line.text.strip()), None)
    if head is None:
        return
    with opened(path, encoding) as file:
        for record in container_reader(head)(file):
            at(file.position)
            yield from _rows_in(record) if isinstance(record, Record) else (record,)


def encoding_of(path: Path, encoding: str | None) -> str:
    """Return the encoding in use: the given one, or what the file's byte-order mark says.

    Raises:
        UnreadableFile: no such encoding, or damaged compressed data.
        OSError: the file cannot be read.
    """
    with opened(path, encoding) as file:
        return file.encoding


def container_reader(head: TextLine) -> Callable[[OpenedFile], Rows]:
    """Return the reader for a file whose first line that is not blank is `head`, at least its start."""
    text = head.text.lstrip()
    if text.startswith("<"):
        return xml_rows.read
    if text.startswith("["):
        return json_values.read
    if text.startswith("{"):
        goes_on = len(head.text) >= HEAD or json_values.is_start(head) or "\r" in head.text.rstrip("\r\n")
        whole = isinstance(json_lines.parse_line(head), Record)
        return json_values.read if goes_on and not whole else json_lines.read
    if csv_rows.looks_like_csv(head, CSV_FIELDS):
        delimiter = csv_rows.delimiter_of(head.text) or ","
        return lambda file: csv_rows.read(file, delimiter)
    return json_lines.read


def _rows_in(record: Record) -> Rows:
    for fields in unwrapped(record.fields):
        yield record if fields is record.fields else Record(record.line, fields)
