"""Values that every reader of the log can hold: beyond these limits bytes are unreadable and no view stops."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

# A column of 32 bits holds a revision (ranking); JSON's readers agree on whole numbers up to 53 bits (RFC 8259, 6).
LARGEST_NUMBER = 2**31 - 1
LARGEST_SEQUENCE = 2**53
# One token of a subject, and safe in a header: no dots, wildcards, spaces or control characters.
_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f]{1,200}")


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, which a moment without a zone is taken for.

    Raises:
        ValueError: in UTC it lies outside of the calendar.
    """
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside of the calendar") from error


def _number(value: int) -> int:
    return _within(value, LARGEST_NUMBER)


def _sequence(value: int) -> int:
    return _within(value, LARGEST_SEQUENCE)


def _within(value: int, limit: int) -> int:
    if abs(value) > limit:
        raise ValueError(f"beyond {limit}")
    return value


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("not one token of a subject")
    return text


Moment = Annotated[datetime, AfterValidator(in_utc)]
Number = Annotated[int, AfterValidator(_number)]
Sequence = Annotated[int, AfterValidator(_sequence)]
EntityId = Annotated[str, AfterValidator(_token)]
