"""The limits of fields, at both of their ends."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.log.events import field_types
from shared.log.events.field_types import at_most, in_utc, within

LINE, TOKEN = TypeAdapter(field_types.Line), TypeAdapter(field_types.EntityId)
REAL = TypeAdapter(field_types.Real)


def test_a_range_includes_its_ends() -> None:
    check = within(-1, 3)
    assert [check(value) for value in (-1, 0, 3)] == [-1, 0, 3]
    for value in (-2, 4):
        with pytest.raises(ValueError, match=r"^not within -1 and 3$"):
            check(value)


def test_a_length_may_reach_its_limit() -> None:
    check = at_most(2)
    assert check("ab") == "ab"
    with pytest.raises(ValueError, match=r"^longer than 2$"):
        check("abc")


def test_a_moment_is_in_utc_and_one_without_a_zone_counts_as_utc() -> None:
    assert in_utc(datetime(2026, 3, 1, 12)) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    east = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert in_utc(east).isoformat() == "2026-03-01T10:00:00+00:00"


def test_the_time_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert in_utc(datetime(2026, 3, 1, 12)) == datetime(2026, 3, 1, 12, tzinfo=UTC)
        assert in_utc(datetime(2026, 3, 1, 12, tzinfo=UTC)).tzinfo is UTC
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_id_is_one_token_of_a_subject() -> None:
    with pytest.raises(ValidationError, match="Value error, not one token of a subject "):
        TOKEN.validate_python("a.b")


def test_a_moment_before_the_calendar_begins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^outside the calendar$"):
        in_utc(datetime.min.replace(tzinfo=timezone(timedelta(hours=2))))


@pytest.mark.parametrize("value", [0.0, 1e16, -1e16])
def test_an_amount_up_to_the_limit_is_accepted(value: float) -> None:
    assert REAL.validate_python(value) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1.1e16, -1.1e16])
def test_an_amount_beyond_the_limit_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match=r"not a number within ±1e\+16"):
        REAL.validate_python(value)


@pytest.mark.parametrize("text", ["", "x" * 1000, "ä b"])
def test_a_line_has_up_to_1000_characters(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize("text", ["x" * 1001, "a\nb", "a\x00", "a\x7f", "a\u2028b"])
def test_a_line_has_no_breaks_and_no_control_characters(text: str) -> None:
    with pytest.raises(ValidationError, match="not one line of at most 1000 characters"):
        LINE.validate_python(text)


@pytest.mark.parametrize("text", ["a", "x" * 200, "ä-_1"])
def test_a_token_has_1_to_200_characters(text: str) -> None:
    assert TOKEN.validate_python(text) == text


@pytest.mark.parametrize("text", ["", "x" * 201, "a.b", "a b", "*", ">", "a\n"])
def test_a_token_has_no_dots_wildcards_or_spaces(text: str) -> None:
    with pytest.raises(ValidationError, match="not one token of a subject"):
        TOKEN.validate_python(text)
