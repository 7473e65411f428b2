"""Reading import files: containers, compression, encodings, damage."""

import bz2
import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from deploy.cli.importing.options import Options
from deploy.cli.importing.record_reader import encoding_of, read_records
from deploy.cli.importing.row_builder import RowBuilder
from deploy.cli.importing.source.opened_file import MAX_LINE, UnreadableFile
from deploy.cli.importing.source.rows import Findings, Record, RefusedRow, Row

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROWS = [{"id": str(n), "community": "café", "text": f'Text {n} with "quotes", commas\nand 日本'} for n in range(1, 4)]


def as_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def as_csv(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


CONTAINERS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "lines": as_lines,
    "array": lambda rows: json.dumps(rows, ensure_ascii=False),
    "indented array": lambda rows: json.dumps(rows, indent=2),
    "indented objects": lambda rows: "\n".join(json.dumps(row, indent=2) for row in rows),
    "carriage returns": lambda rows: as_lines(rows).replace("\n", "\r"),
    "csv": as_csv,
}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zstd": zstandard.compress,
}  # fmt: skip


def read(path: Path, content: bytes, encoding: str | None = None) -> list[Record | RefusedRow]:
    path.write_bytes(content)
    return list(read_records(path, encoding, lambda _: None))


def fields(records: list[Record | RefusedRow]) -> list[dict[str, Any]]:
    assert all(isinstance(record, Record) for record in records), records
    return [record.fields for record in records if isinstance(record, Record)]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_container_is_read_in_every_compression(tmp_path: Path, container: str, compression: str) -> None:
    content = COMPRESSIONS[compression](CONTAINERS[container](ROWS).encode())
    assert fields(read(tmp_path / "f", content)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, container: str, encoding: str) -> None:
    assert fields(read(tmp_path / "f", CONTAINERS[container](ROWS).encode(encoding))) == ROWS
    assert encoding_of(tmp_path / "f", None) == encoding


def test_a_given_encoding_is_used(tmp_path: Path) -> None:
    rows = [{"id": "1", "community": "café", "text": "crème"}]
    assert fields(read(tmp_path / "f", as_lines(rows).encode("latin-1"), "latin-1")) == rows
    refused = read(tmp_path / "g", as_lines(rows).encode("latin-1"))[0]
    assert isinstance(refused, RefusedRow)
    assert (refused.line, refused.code) == (1, "not_utf8")
    with pytest.raises(UnreadableFile, match="no encoding called klingon"):
        read(tmp_path / "h", b"{}", "klingon")


def test_blank_lines_count_and_crlf_is_a_line_end(tmp_path: Path) -> None:
    records = read(tmp_path / "f", b'\r\n{"id": 1}\r\n\r\n{"id": 2}\r\nbroken\r\n{"id": 3}')
    assert [record.line for record in records] == [2, 4, 5, 6]
    assert isinstance(records[2], RefusedRow)


def test_a_long_line_is_refused_and_the_next_one_is_read(tmp_path: Path) -> None:
    first, second = read(tmp_path / "f", b'{"id": 0}\n'[:0] + b"x" * (3 * MAX_LINE + 5) + b'\n{"id": 2}\n')
    assert isinstance(first, RefusedRow)
    assert (first.line, first.code) == (1, "too_long")
    assert second == Record(2, {"id": 2})


def test_xml_rows_are_read_with_their_lines(tmp_path: Path) -> None:
    row = '<row Id="1" Body="&lt;p&gt;a&#xA;b&#x1;" />'
    xml = f'<?xml version="1.0" encoding="utf-8"?>\n<posts>\n  {row}\n\n<row Id="2"/></posts>'
    assert read(tmp_path / "f", b"\xef\xbb\xbf" + xml.encode()) == [
        Record(3, {"Id": "1", "Body": "<p>a\nb"}),
        Record(5, {"Id": "2"}),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"id": 1},\n{"id": 2}', "cut off"),
        (b'[{"id": 1},\n{"id": }]', "Line 2"),
        (b'<posts>\n<row Id="1"', "Line 2"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>\n<posts/>', "entities"),
        (gzip.compress(b'{"id": 1}\n' * 999, mtime=0)[:-9], "damaged"),
        (zstandard.compress(b"".join(b'{"id": %d}\n' % n for n in range(99999)))[:-9], "damaged"),
        (bz2.compress(b'{"id": 1}\n' * 999)[:-9], "damaged"),
        (b'id,text\n1,"never closed' + b"\nmore" * MAX_LINE, "line 2"),
        (b'id,text\n1,fine\n2,"never closed\n3,lost\n', "line 3: a quoted field does not end"),
        (b"id,text\n1," + b"a," * MAX_LINE, "Line 2 is longer than 1 MiB"),
        (b"id,text\r1,a\r2,b\r", "carriage returns"),
        (b"id,text,caf\xe9\n1,a,b\n", "names of the fields"),
        (b"<posts>" + b"<row " + b"a" * 40_000_000, "larger than 16 MiB"),
        (b"PK\x03\x04" + bytes(50), "a zip archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z x"),
        (b"SQLite format 3\x00" + bytes(50), "SQLite"),
        ('{"id": 1}'.encode("utf-16-le"), "--encoding utf-16-le"),
        ("id,text\n1,a".encode("utf-16-be"), "--encoding utf-16-be"),
        ("<posts/>".encode("utf-32-le"), "--encoding utf-32-le"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_a_damaged_file_is_refused_as_a_whole(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(tmp_path / "f", content)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path / "f", b"") == []
    assert read(tmp_path / "f", b"\n \n") == []


def test_a_csv_row_names_its_line_and_null_is_no_text(tmp_path: Path) -> None:
    records = read(tmp_path / "f", b'id;community;text\r\n1;a;\\N\r\n2;a;"b\r\nc"\r\n3;a;b;c\r\n')
    assert [record.line for record in records] == [2, 3, 5]
    assert fields(records[:2])[0]["text"] is None
    assert isinstance(records[2], RefusedRow)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("place", [0.3, 0.6])
def test_a_flipped_bit_of_a_compressed_file_is_named(tmp_path: Path, compression: str, place: float) -> None:
    rows = [{"id": str(n), "community": "c", "text": f"text {n * 7919 % 1013}"} for n in range(3000)]
    content = bytearray(COMPRESSIONS[compression](as_lines(rows).encode()))
    content[int(len(content) * place)] ^= 0xFF
    if compression == "plain":
        assert len(read(tmp_path / "f", bytes(content))) == 3000
        return
    with pytest.raises(UnreadableFile, match="compressed file is damaged"):
        assert read(tmp_path / "f", bytes(content)) == []


@pytest.mark.parametrize("encoding", ["rot13", "base64", "hex", "", "a\0b", "ü", "x" * 9999])
def test_an_encoding_that_is_none_is_named(tmp_path: Path, encoding: str) -> None:
    with suppress(UnreadableFile):
        assert read(tmp_path / "f", b'{"id": 1}', encoding) == [Record(1, {"id": 1})]


def test_a_carriage_return_within_a_cell_is_a_line_end_of_the_text(tmp_path: Path) -> None:
    records = read(tmp_path / "f", b'id,community,text\n1,c,one\rtwo\n2,c,"a\rb\x00"\n')
    built = [RowBuilder(Options(), NOW, Findings()).build(record) for record in records if isinstance(record, Record)]
    assert [row.post["text"] for row in built if isinstance(row, Row)] == ["one\ntwo", "a\nb"]


def test_many_values_after_a_large_one_are_read_in_proportion_to_their_number(tmp_path: Path) -> None:
    large = json.dumps({"id": "large", "text": "x" * 8_000_000})
    content = "[" + ",".join([large, *(f'{{"id":{n}}}' for n in range(100_000))]) + "]"
    assert len(read(tmp_path / "f", content.encode())) == 100_001  # it took minutes when each value moved the rest
