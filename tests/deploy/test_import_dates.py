"""Dates of other sites."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.importing.dates import read_date

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BREAD = "2012-09-27T20:02:20+00:00"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2022-08-02 16:16:31.810000 UTC", "2022-08-02T16:16:31.810000+00:00"),
        ("2022-08-02T16:16:31Z", "2022-08-02T16:16:31+00:00"),
        ("2022-08-02T16:16:31.123456789Z", "2022-08-02T16:16:31.123456+00:00"),
        ("2022-08-02T18:16:31+02:00", "2022-08-02T16:16:31+00:00"),
        ("2022-08-02 18:16:31 +0200", "2022-08-02T16:16:31+00:00"),
        ("2022-08-02 16:16:31+00", "2022-08-02T16:16:31+00:00"),
        ("Tue, 02 Aug 2022 16:16:31 GMT", "2022-08-02T16:16:31+00:00"),
        ("1348776140.0", BREAD),
        ("1348776140", BREAD),
        (1348776140, BREAD),
        (1348776140000, BREAD),
        ("1348776140000000", BREAD),
        (1.34877614e9, BREAD),
        ("1348776140.5", "2012-09-27T20:02:20.500000+00:00"),
        ("1348776140500", "2012-09-27T20:02:20.500000+00:00"),
    ],
)
def test_a_date_is_read(value: object, expected: str) -> None:
    reading = read_date(value, NOW)
    assert reading.moment is not None
    assert (reading.moment.isoformat(), reading.remarks) == (expected, ())


@pytest.mark.parametrize(
    "value", ["2019-03-31 02:30:00", "2019-03-31T02:30", "20190331023000", "2019-03-31 02:30:00.000"]
)
def test_a_date_without_a_zone_is_taken_as_utc_and_said(value: str) -> None:
    reading = read_date(value, NOW)
    assert (reading.moment, reading.remarks) == (datetime(2019, 3, 31, 2, 30, tzinfo=UTC), ("date_without_zone",))


@pytest.mark.parametrize("value", ["2031-01-01T00:00:00Z", 2e9, "9999-12-31"])
def test_a_date_ahead_of_now_is_clamped(value: object) -> None:
    reading = read_date(value, NOW)
    assert reading.moment == NOW
    assert "date_ahead" in reading.remarks


@pytest.mark.parametrize("value", [None, "", " ", 0, "0"])
def test_a_missing_date_is_unknown(value: object) -> None:
    assert read_date(value, NOW).moment is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2022-02-30",
        "02/08/2022",
        True,
        [],
        "nan",
        float("inf"),
        -1,
        "1e30",
        "1969-01-01",
        "2022-08-02T25:00:00Z",
    ],
)
def test_nonsense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"is no date|calendar|before 1970|too large"):
        read_date(value, NOW)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2026, 5, 31)))
def test_every_usual_way_to_write_a_moment_gives_it(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    for text in (moment.isoformat(), moment.isoformat().replace("T", " ").replace("+00:00", " UTC")):
        assert read_date(text, NOW).moment == moment


@given(st.none() | st.text() | st.integers() | st.floats() | st.from_regex(r"\d{1,20}[-. :TZ+\d]{0,20}"))
def test_any_value_is_a_date_in_range_or_refused(value: object) -> None:
    try:
        moment = read_date(value, NOW).moment
    except ValueError:
        return
    assert moment is None or datetime(1970, 1, 1, tzinfo=UTC) < moment <= NOW
