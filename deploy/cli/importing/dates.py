"""Reads the dates of other sites' dumps: ISO 8601, dates of BigQuery and e-mail, and epochs in any usual unit."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# An epoch's unit by its size: 10¹¹ s is the year 5138, and 10¹¹ ms was in 1973.
UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?")
COMPACT = re.compile(r"(19[7-9]\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])?([0-5]\d)?([0-5]\d)?")
ZONE_NAME = re.compile(r"(?<=\d)\s*(UTC|GMT|Z)$", re.IGNORECASE)
# A space before an offset, and an offset of two or four digits: `2022-08-02 16:16:31 +0000`.
OFFSET = re.compile(r"(?<=\d)\s*([+-])(\d\d):?(\d\d)?$")
ISO = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?", re.IGNORECASE)
KNOWN = "Known are ISO 8601 (2022-08-02T16:16:31Z) and epochs in seconds, milliseconds or microseconds"


@dataclass(frozen=True)
class DateReading:
    """A date, or None if the row does not say it. `remarks`: what was assumed or changed, as codes of remarks."""

    moment: datetime | None
    remarks: tuple[str, ...] = ()


def read_date(value: object, now: datetime) -> DateReading:
    """Return a date in UTC. A date ahead of `now` becomes `now`.

    Raises:
        ValueError: this is no date; the message says why.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return DateReading(None, ("date_unknown",))
    moment, remarks = _moment(value)
    if moment == EPOCH:
        return DateReading(None, ("date_unknown",))
    if moment < EPOCH:
        raise ValueError(f"{_shown(value)} is before 1970")
    if moment > now:
        return DateReading(now, (*remarks, "date_ahead"))
    return DateReading(moment, remarks)


def _moment(value: object) -> tuple[datetime, tuple[str, ...]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value, value), ()
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is no date. {KNOWN}")
    text = value.strip()[:100]
    if compact := COMPACT.fullmatch(text):
        parts = [int(part) for part in compact.groups() if part]
        return _calendar(value, *parts), ("date_without_zone",)
    if NUMBER.fullmatch(text):
        return _from_epoch(float(text), value), ()
    return _from_text(text, value)


def _from_epoch(number: float, value: object) -> datetime:
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"{_shown(value)} is no date. {KNOWN}")
    divisor = next((divisor for limit, divisor in UNITS if abs(number) < limit), None)
    if divisor is None:
        raise ValueError(f"{_shown(value)} is too large for an epoch in seconds, milliseconds or microseconds")
    try:
        return EPOCH + timedelta(microseconds=round(number * (1_000_000 / divisor)))
    except OverflowError as error:
        raise ValueError(f"{_shown(value)} is outside the calendar") from error


def _from_text(text: str, value: object) -> tuple[datetime, tuple[str, ...]]:
    zone: timezone | None = None
    if named := ZONE_NAME.search(text):
        zone, text = UTC, text[: named.start()]
    elif (offset := OFFSET.search(text)) and ":" in text[: offset.start()]:
        sign, hours, minutes = offset.groups()
        apart = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if apart >= timedelta(hours=24):
            raise ValueError(f"{_shown(value)} has no possible time zone")
        zone, text = timezone(-apart if sign == "-" else apart), text[: offset.start()]
    if not ISO.fullmatch(text):
        return _from_mail(value)
    parts = [int(part) for part in re.split(r"\D+", re.sub(r"[.,]\d+$", "", text))]
    fraction = re.search(r"[.,](\d+)$", text)
    moment = _calendar(value, *parts) + timedelta(microseconds=int(fraction[1][:6].ljust(6, "0")) if fraction else 0)
    if zone is None:
        return moment, ("date_without_zone",)
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC), ()
    except OverflowError as error:
        raise ValueError(f"{_shown(value)} is outside the calendar") from error


def _calendar(value: object, *parts: int) -> datetime:
    year, month, day, *clock = parts
    if len(clock) == 3 and clock[2] == 60:  # a leap second
        clock[2] = 59
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise ValueError(f"{_shown(value)} is not in the calendar: {error}") from error


def _from_mail(value: object) -> tuple[datetime, tuple[str, ...]]:
    """Read a date as in e-mail: `Tue, 02 Aug 2022 16:16:31 +0000`."""
    text = str(value).strip()
    if not re.match(r"([A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{4} ", text):
        raise ValueError(f"{_shown(value)} is no date. {KNOWN}")
    try:
        moment = parsedate_to_datetime(text)
        return (moment.astimezone(UTC), ()) if moment.tzinfo else (moment.replace(tzinfo=UTC), ("date_without_zone",))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{_shown(value)} is no date. {KNOWN}") from error


def _shown(value: object) -> str:
    return repr(value)[:80]
