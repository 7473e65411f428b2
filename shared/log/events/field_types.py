"""Field types with limits that every view can store. A fact beyond a limit is not decoded, and views skip it.

The limits are wider than those of the API, so that every fact which was ever stored stays readable. They are no part of
the JSON schemas: a narrower schema would count as an incompatible change.
"""

import math
import re
from collections.abc import Callable, Sized
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator

# Int32: ranking stores a revision in 32 bits. Int53: JSON parsers agree up to 53 bits (RFC 8259, section 6).
MAX_INT32 = 2**31 - 1
MAX_INT53 = 2**53
# Amounts and durations: a hundred thousand years in milliseconds.
LARGEST_REAL = 1e16
LONGEST_LINE, LONGEST_PROSE = 1000, 20_000
# More than the largest message of the log.
LONGEST_SEALED = 1024 * 1024
MOST_ENTRIES = 1000
# A rule can match every character of the longest text.
MOST_SPANS = 100_000
# One token of a subject, safe in a header: no dots, wildcards, spaces or control characters.
_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f]{1,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
T = TypeVar("T", bound=Sized)
# The weight of votes and reports is in percent of a full one. It is stored with them when they are accepted: facts and
# signals have no common order, so views that computed it from facts could differ. Old ones, without it, count fully.
FULL_WEIGHT = 100


def in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a moment without a time zone counts as UTC.

    Raises:
        ValueError: the moment in UTC is outside the calendar.
    """
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


def within(least: int, most: int) -> Callable[[int], int]:
    """Return a validator of integers in a range, both ends included."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"not within {least} and {most}")
        return value

    return check


def at_most(limit: int) -> Callable[[T], T]:
    """Return a validator of lengths: characters of a text, entries of a list."""

    def check(value: T) -> T:
        if len(value) > limit:
            raise ValueError(f"longer than {limit}")
        return value

    return check


def _real(value: float) -> float:
    if not math.isfinite(value) or abs(value) > LARGEST_REAL:
        raise ValueError(f"not a number within ±{LARGEST_REAL}")
    return value


def _line(text: str) -> str:
    if len(text) > LONGEST_LINE or _CONTROL.search(text):
        raise ValueError(f"not one line of at most {LONGEST_LINE} characters")
    return text


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("not one token of a subject")
    return text


Moment = Annotated[datetime, AfterValidator(in_utc)]
Int32 = Annotated[int, AfterValidator(within(-MAX_INT32, MAX_INT32))]
Int53 = Annotated[int, AfterValidator(within(-MAX_INT53, MAX_INT53))]
# A count from 0, a revision from 1, and the sequence of a message.
Count = Annotated[int, AfterValidator(within(0, MAX_INT32))]
Revision = Annotated[int, AfterValidator(within(1, MAX_INT32))]
Sequence = Annotated[int, AfterValidator(within(0, MAX_INT53))]
# An amount or a duration: finite, because SQLite and JSON have no NaN.
Real = Annotated[float, AfterValidator(_real)]
EntityId = Annotated[str, AfterValidator(_token)]
# A name or an address: safe in headers, logs and terminals.
Line = Annotated[str, AfterValidator(_line)]
# Plain text for people: reasons, titles, guidelines.
Prose = Annotated[str, AfterValidator(at_most(LONGEST_PROSE))]
# Text sealed with its author's key: see shared/security/sealing.py; or a signed document.
Sealed = Annotated[str, AfterValidator(at_most(LONGEST_SEALED))]
Scores = Annotated[dict[Line, Real], AfterValidator(at_most(MOST_ENTRIES))]
Weight = Annotated[int, AfterValidator(within(0, FULL_WEIGHT))]
