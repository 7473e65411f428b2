"""Parsing lines of an import file."""

import json

import pytest

from deploy.cli.importing.source import RefusedRow, Row, parse_row


def line(**fields: object) -> bytes:
    return json.dumps({"id": "a1", "community": "DIY", "text": "A chair"} | fields).encode() + b"\n"


def refusal(content: bytes) -> RefusedRow:
    row = parse_row(7, content)
    assert isinstance(row, RefusedRow)
    return row


def test_unknown_fields_of_a_row_are_dropped() -> None:
    row = parse_row(3, line(score=12, author="ada", url="https://example.org", title=None))

    assert row == Row(3, "a1", {"id": "a1", "community": "DIY", "text": "A chair", "score": 12, "author": "ada"})


def test_numeric_ids_become_text() -> None:
    row = parse_row(1, line(id=17, parent_id=4))

    assert isinstance(row, Row)
    assert (row.id, row.post["id"], row.post["parent_id"]) == ("17", "17", "4")


def test_a_byte_order_mark_is_ignored() -> None:
    assert isinstance(parse_row(1, b"\xef\xbb\xbf" + line()), Row)


@pytest.mark.parametrize("content", [b"{broken", b'"a word"', b"[1]", b"\xff\xfe", b'{"id": "\\ud800"}'])
def test_a_line_that_is_not_a_json_object_is_refused_with_its_number(content: bytes) -> None:
    assert (refusal(content).line, refusal(content).code) == (7, "not_json")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"community": ""}, "community"),
        ({"text": None}, "text"),
        ({"text": "x" * 40_001}, "text"),
        ({"text": "NUL \x00"}, "text"),
        ({"title": "x" * 301}, "title"),
        ({"score": "many"}, "score"),
        ({"created_at": "yesterday"}, "created_at"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, object], named: str) -> None:
    refused = refusal(line(**fields))

    assert refused.code == "invalid"
    assert refused.reason.startswith(f"{named}:")


def test_a_row_with_neither_text_nor_title_is_empty() -> None:
    assert refusal(line(text="  \n")).code == "empty"
    assert isinstance(parse_row(1, line(text="", title="Only a title")), Row)
