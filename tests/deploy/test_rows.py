"""Rows of an import file become posts, or are refused with the field and the reason."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.importing.containers.json_lines import parse_line
from deploy.cli.importing.options import Options
from deploy.cli.importing.row_builder import RowBuilder
from deploy.cli.importing.source.opened_file import TextLine
from deploy.cli.importing.source.rows import Findings, Record, RefusedRow, Row
from services.gateway.imports.schemas import ImportRow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [
    "id",
    "community",
    "text",
    "title",
    "url",
    "author",
    "author_id",
    "created_at",
    "score",
    "parent_id",
    "subreddit",
    "body",
    "selftext",
    "created_utc",
    "link_id",
    "type",
    "by",
    "time",
    "parent",
    "Id",
    "PostTypeId",
    "ParentId",
    "Body",
    "Title",
    "PostId",
    "Text",
    "topic_id",
    "post_number",
    "raw",
    "cooked",
    "comment",
    "post",
    "path",
    "post_id",
    "name",
    "community_id",
    "creator",
    "deleted",
    "removed",
]


def build(fields: dict[str, Any], options: Options | None = None) -> tuple[Row | RefusedRow | None, Findings]:
    """Build a row at line 7."""
    findings = Findings()
    return RowBuilder(options or Options(), NOW, findings).build(Record(7, fields)), findings


def built(fields: dict[str, Any], options: Options | None = None) -> dict[str, Any]:
    """Return the post of an accepted row."""
    row, _ = build(fields, options)
    assert isinstance(row, Row), row
    return row.post


def plain(**fields: Any) -> dict[str, Any]:
    return {"id": "a1", "community": "DIY", "text": "A chair"} | fields


def refusal(fields: dict[str, Any]) -> RefusedRow:
    row, _ = build(fields)
    assert isinstance(row, RefusedRow), row
    return row


@pytest.mark.parametrize("content", ["{broken", '"a word"', "[1]", "\udcff\udcfe", '{"a":' * 5000])
def test_a_line_that_is_no_json_object_is_refused_with_its_number(content: str) -> None:
    row = parse_line(TextLine(7, content))
    assert isinstance(row, RefusedRow)
    assert row.line == 7


def test_a_byte_that_is_not_utf8_is_named_with_its_place_and_the_remedy() -> None:
    row = parse_line(TextLine(3, b'{"a": "caf\xe9"}'.decode("utf-8", "surrogateescape"), start=100))
    assert isinstance(row, RefusedRow)
    assert "byte 11 of the line (byte 111 of the file) is 0xE9" in row.reason
    assert "--encoding latin-1" in row.reason


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"id": True}, "id"),
        ({"id": "a\x00"}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"community": ""}, "community"),
        ({"community": ["x"]}, "community"),
        ({"community": "!!!"}, "community"),
        ({"text": ["x"]}, "text"),
        ({"score": "many"}, "score"),
        ({"score": True}, "score"),
        ({"score": 2**40}, "score"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2022-13-01"}, "created_at"),
        ({"created_at": -5}, "created_at"),
        ({"created_at": True}, "created_at"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, object], named: str) -> None:
    refused = refusal(plain(**fields))
    assert refused.line == 7
    assert refused.reason.startswith(f"{named}:")


def test_a_row_in_no_known_format_is_refused_with_its_fields() -> None:
    assert "author, message" in refusal({"author": "x", "message": "y"}).reason


def test_numbers_become_ids_and_scores_may_be_text() -> None:
    post = built(plain(id=17, parent_id=4.0, score=" 12.0 "))
    assert (post["id"], post["parent_id"], post["score"]) == ("17", "4", 12)


@pytest.mark.parametrize("text", ["[removed]", " [deleted] ", "[ Removed by Reddit ]", None, "", " \n"])
@pytest.mark.parametrize("author", ["ada", "[deleted]", None])
def test_removed_and_empty_texts_are_tombstones_without_an_author(text: str | None, author: str | None) -> None:
    post = built(plain(text=text, author=author))
    assert post["removed"] is True
    assert not {"author", "author_id", "title"} & post.keys()


@pytest.mark.parametrize("author", [None, "", "[deleted]"])
def test_a_text_without_an_author_stays(author: str | None) -> None:
    post = built(plain(author=author))
    assert "author" not in post
    assert post["text"] == "A chair"


def test_texts_are_cleaned() -> None:
    assert built(plain(text="one\r\ntwo\rthree\x00\x07"))["text"] == "one\ntwo\nthree"


def test_names_and_titles_lose_the_characters_that_no_line_may_contain() -> None:
    turned = plain(title="Free \u202egnp.exe", author="ad\u2066a", text="\u2067kept\u2069")
    row, findings = build(turned)
    assert row is not None
    assert not isinstance(row, RefusedRow)
    assert (row.post["title"], row.post["author"], row.post["text"]) == ("Free gnp.exe", "ada", "\u2067kept\u2069")
    assert "hidden_removed" in findings.remarks
    assert built(plain(text="half \ud83d, whole \ud83d\ude00"))["text"] == "half \ufffd, whole 😀"


def test_long_titles_and_texts_and_names_are_shortened_and_said() -> None:
    row, findings = build(plain(title="word " * 100, text="x" * 50_000, author="a" * 90, community="c" * 90))
    assert isinstance(row, Row)
    ImportRow.model_validate(row.post)
    assert row.post["text"].startswith("word word")
    said = {"title_shortened", "text_shortened", "author_shortened", "community_shortened"}
    assert said <= findings.remarks.keys()


def test_a_link_post_holds_its_address() -> None:
    post = built({"id": 1, "community": "r/日本", "title": "Bread", "url": "https://example.org/bread"})
    assert (post["text"], post["community"]) == ("https://example.org/bread", "日本")


def test_html_is_suggested_and_converted_on_request() -> None:
    html = "It&#x27;s &quot;done&quot; &amp; <i>dusted</i><p>second paragraph"
    row, findings = build(plain(text=html))
    assert isinstance(row, Row)
    assert row.post["text"] == html
    assert "html_suspected" in findings.remarks
    converted = built(plain(text=html), Options(html=True))
    assert converted["text"] == 'It\'s "done" & *dusted*\n\nsecond paragraph'


def test_dates_ahead_are_clamped_and_said() -> None:
    row, findings = build(plain(created_at="2031-01-01T00:00:00Z"))
    assert isinstance(row, Row)
    assert row.post["created_at"] == NOW
    assert "date_ahead" in findings.remarks


def test_a_refused_row_leaves_no_remark() -> None:
    _, findings = build(plain(text="\x00", created_at="2019-01-01", score="many"))
    assert not findings.remarks


def test_a_site_keeps_ids_and_authors_apart() -> None:
    post = built(plain(author="ada", parent_id="p"), Options(site="one", community="Other"))
    assert (post["id"], post["parent_id"], post["author_id"], post["community"]) == (
        "one/a1",
        "one/p",
        "one/ada",
        "Other",
    )


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=12))
def test_any_row_is_accepted_by_the_gateway_or_refused(fields: dict[str, Any]) -> None:
    row, _ = build(fields)
    if isinstance(row, Row):
        ImportRow.model_validate(row.post)
        json.dumps(row.post, default=str).encode()
    if isinstance(row, RefusedRow):
        assert row.code
        assert row.reason


@given(st.binary(max_size=200))
def test_any_line_is_a_record_or_refused(content: bytes) -> None:
    assert isinstance(parse_line(TextLine(1, content.decode("utf-8", "surrogateescape"))), Record | RefusedRow)
