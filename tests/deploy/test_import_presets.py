"""Rows as the public dumps of other sites have them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.cli.importing.detection import format_of, unwrapped
from deploy.cli.importing.options import Options
from deploy.cli.importing.row_builder import RowBuilder
from deploy.cli.importing.source.rows import Findings, Record, Row

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "reddit",
        {"id": "abc", "subreddit": "AskBakers", "body": "&gt; quoted\n\nyes &amp; no", "author": "u1",
         "created_utc": "1348776140", "link_id": "t3_xyz", "parent_id": "t3_xyz", "score": "12"},
        {"id": "t1_abc", "parent_id": "t3_xyz", "text": "> quoted\n\nyes & no", "author": "u1", "score": 12},
    ),
    (
        "reddit",
        {"id": "xyz", "subreddit": "AskBakers", "title": "An oven &amp; a pan", "selftext": "", "is_self": False,
         "url": "https://example.org/oven", "author": "[deleted]", "created_utc": 1348770000, "score": 620},
        {"id": "t3_xyz", "title": "An oven & a pan", "text": "https://example.org/oven", "author": None},
    ),
    (
        "reddit",
        {"id": "q", "subreddit": "a", "title": "Gone", "selftext": "[removed]", "author": "u", "created_utc": 1},
        {"id": "t3_q", "removed": True, "author": None, "title": None},
    ),
    (
        "hn",
        {"id": 8863, "type": "story", "by": "u3", "time": 1175714200, "title": "A &quot;story&quot;",
         "url": "https://example.org/", "score": 104},
        {"id": "hn:8863", "title": 'A "story"', "text": "https://example.org/", "community": "Hacker News"},
    ),
    (
        "hn",
        {"id": 9, "type": "comment", "by": "u4", "time": 1314211127, "parent": 8863, "text": "Yes.<p>It&#x27;s so."},
        {"id": "hn:9", "parent_id": "hn:8863", "text": "Yes.\n\nIt's so.", "author_id": "hn:u4"},
    ),
    (
        "hn",
        {"id": 10, "type": "comment", "deleted": True, "time": 1314211127, "parent": 9},
        {"id": "hn:10", "removed": True, "parent_id": "hn:9"},
    ),
    (
        "stackexchange",
        {"Id": "7", "PostTypeId": "1", "Title": "How long?", "Body": "<p>Does it <b>keep</b>?</p>",
         "CreationDate": "2015-01-27T19:31:12.130", "Score": "5", "OwnerUserId": "3"},
        {"id": "se:7", "title": "How long?", "text": "Does it **keep**?", "author": "user3", "author_id": "se:3"},
    ),
    (
        "stackexchange",
        {"Id": "9", "PostTypeId": "2", "ParentId": "7", "Body": "<p>A week.</p>", "CreationDate": "2015-01-28",
         "Score": "8", "OwnerDisplayName": "user9"},
        {"id": "se:9", "parent_id": "se:7", "text": "A week.", "author": "user9"},
    ),
    (
        "stackexchange",
        {"Id": "9", "PostId": "7", "Score": "0", "Text": "Is a < b?", "CreationDate": "2015-01-28", "UserId": "4"},
        {"id": "se-comment:9", "parent_id": "se:7", "text": "Is a < b?"},
    ),
    (
        "discourse",
        {"id": 51, "topic_id": 5, "post_number": 1, "topic_title": "Hello", "cooked": "<p>A <em>first</em> post</p>",
         "username": "u5", "created_at": "2020-01-01T10:00:00.000Z", "actions_summary": [{"id": 2, "count": 3}]},
        {"id": "discourse:5/1", "title": "Hello", "text": "A *first* post", "score": 3, "community": "Discourse"},
    ),
    (
        "discourse",
        {"id": 52, "topic_id": 5, "post_number": 2, "reply_to_post_number": None, "raw": "An *answer*", "username": "u",
         "created_at": "2020-01-01T11:00:00.000Z"},
        {"id": "discourse:5/2", "parent_id": "discourse:5/1", "text": "An *answer*"},
    ),
    (
        "lemmy",
        {"post": {"id": 3, "name": "A post", "url": "https://example.org/x", "body": None, "ap_id": "https://l/3",
                  "published": "2023-06-11T09:12:44.120Z"},
         "creator": {"name": "u7", "actor_id": "https://l/u/u7"}, "community": {"name": "m"}, "counts": {"score": 4}},
        {"id": "lemmy:post:3", "title": "A post", "text": "https://example.org/x", "community": "m", "score": 4},
    ),
    (
        "lemmy",
        {"id": 15, "creator_id": 2, "post_id": 3, "content": "So it is", "path": "0.12.15", "deleted": "t",
         "published": "2023-06-11 09:12:44.12+00"},
        {"id": "lemmy:comment:15", "parent_id": "lemmy:comment:12", "removed": True},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "expected"), CASES)
def test_a_row_is_recognized_and_read(name: str, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert format_of(fields) == name
    for options in (Options(), Options(format=name)):
        row = RowBuilder(options, NOW, Findings()).build(Record(1, fields))
        assert isinstance(row, Row), row
        assert {field: row.post.get(field) for field in expected} == expected
        assert row.post.get("created_at") is not None


def test_a_stack_exchange_wiki_page_is_no_post() -> None:
    findings = Findings()
    assert RowBuilder(Options(), NOW, findings).build(Record(4, {"Id": "1", "PostTypeId": "4", "Body": "x"})) is None
    assert findings.remarks["no_post"].line == 4


def test_answers_of_apis_are_unwrapped() -> None:
    listing = {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": {"id": "a"}}]}}
    topic = {"id": 5, "title": "T", "post_stream": {"posts": [{"id": 1, "post_number": 1}]}}
    assert unwrapped(listing) == [{"id": "a"}]
    assert unwrapped(topic) == [{"topic_id": 5, "topic_title": "T", "category": None, "id": 1, "post_number": 1}]
    assert unwrapped({"data": [{"id": "a"}], "meta": {"total": 1}}) == [{"id": "a"}]
    assert unwrapped({"comments": [{"comment": {}}]}) == [{"comment": {}}]
