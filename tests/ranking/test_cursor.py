"""Cursors: they come back as they were, and everything else is refused."""

import base64
import json

import pytest

from services.ranking.domain.cursor import BadCursor, Cursor, read_cursor
from shared.messaging.requests import Sort, Window

FIELDS = {"sort": "top", "window": "week", "community": "garden", "sequence": 7, "at": 1.5, "place": 3}
CURSOR = Cursor.model_validate({**FIELDS, "score": -0.25, "post_id": "post-1"})


def text_of(**changes: object) -> str:
    """Return the text of a cursor with changed fields."""
    return base64.urlsafe_b64encode(json.dumps(CURSOR.model_dump() | changes).encode()).decode().rstrip("=")


@pytest.mark.parametrize("post_id", ["post-1", "post-12", "post-123", "ÿþ?>~"])
def test_a_cursor_is_text_for_a_url_and_comes_back(post_id: str) -> None:
    cursor = CURSOR.model_copy(update={"post_id": post_id})
    text = cursor.encode()
    assert not set(text) & set("+/=")
    assert read_cursor(text) == cursor


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": -1},
        {"sequence": 2**63},
        {"at": -1},
        {"at": 2**33},
        {"place": -1},
        {"place": 2**31},
        {"post_id": "x" * 65},
        {"sort": "best"},
        {"window": "decade"},
        {"more": 1},
    ],
)
def test_a_forged_value_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadCursor, match=r"^not a cursor$"):
        read_cursor(text_of(**changes))


@pytest.mark.parametrize("changes", [{"sequence": 0, "at": 0, "place": 0}, {"sequence": 2**63 - 1, "place": 2**31 - 1}])
def test_the_smallest_and_largest_values_are_accepted(changes: dict[str, object]) -> None:
    assert read_cursor(text_of(**changes)).place == changes["place"]


@pytest.mark.parametrize(
    "text", ["", "!", "not base64?", "AAAA", "A", "é", CURSOR.encode()[:8] + "****" + CURSOR.encode()[8:]]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadCursor, match=r"^not a cursor$"):
        read_cursor(text)


@pytest.mark.parametrize(
    ("sort", "window", "community"),
    [("hot", "week", "garden"), ("top", "day", "garden"), ("top", "week", None), ("top", "week", "sea")],
)
def test_a_cursor_belongs_to_one_feed(sort: Sort, window: Window, community: str | None) -> None:
    CURSOR.expect("top", "week", "garden")
    with pytest.raises(BadCursor, match=r"^the cursor belongs to another feed$"):
        CURSOR.expect(sort, window, community)
