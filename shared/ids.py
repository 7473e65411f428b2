"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by the time they were made; and the ids of imported authors."""

import hashlib
import uuid

import uuid_utils


def new_id() -> str:
    """Return a new UUIDv7 in its canonical 36-character form."""
    return str(uuid_utils.uuid7())


def is_uuid7(text: str) -> bool:
    """Return whether the text is a canonical, lower-case UUID of version 7."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return False
    return value.version == 7 and str(value) == text


def derived_id(unix_ms: int, *parts: str) -> str:
    """Return a UUIDv7 whose random bits come from a hash: the same parts give the same id (imports, repairs).

    Args:
        unix_ms: milliseconds since the epoch, the id's time field (48 bits).
        parts: the texts that the id is derived from.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    value = (unix_ms & (2**48 - 1)) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76  # version 7
    value = value & ~(0x3 << 62) | 0x2 << 62  # RFC 9562 variant
    return str(uuid.UUID(int=value))


def imported_author_id(name: str) -> str:
    """Return the id of the author with this name in an import."""
    return derived_id(0, "author", name)


# The account that owned posts without an author in imports by earlier versions.
ARCHIVE_HANDLE = "archive"
ARCHIVE_AUTHOR_ID = imported_author_id(ARCHIVE_HANDLE)
