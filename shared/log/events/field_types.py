"""Field types with limits that every view can store. A fact beyond a limit is not decoded, and views skip it."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

# Int32: ranking stores a revision in 32 bits. Int53: JSON parsers agree up to 53 bits (RFC 8259, section 6).
MAX_INT32 = 2**31 - 1
MAX_INT53 = 2**53
# One token of a subject, safe in a header: no dots, wildcards, spaces or control characters.
_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f]{1,200}")


def in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a moment without a time zone counts as UTC.

    Raises:
        ValueError: the moment in UTC is outside the calendar.
    """
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


def _int32(value: int) -> int:
    return _within(value, MAX_INT32)


def _int53(value: int) -> int:
    return _within(value, MAX_INT53)


def _within(value: int, limit: int) -> int:
    if abs(value) > limit:
        raise ValueError(f"beyond {limit}")
    return value


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError("not one token of a subject")
    return text


Moment = Annotated[datetime, AfterValidator(in_utc)]
Int32 = Annotated[int, AfterValidator(_int32)]
Int53 = Annotated[int, AfterValidator(_int53)]
EntityId = Annotated[str, AfterValidator(_token)]
