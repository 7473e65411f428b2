"""The author of imported posts that name none: one account, but nobody in particular."""

from shared.ids import derived_id

ARCHIVE_HANDLE = "archive"


def imported_author_id(name: str) -> str:
    """The id of an author whom an import names."""
    return derived_id(0, "author", name)


ARCHIVE_AUTHOR_ID = imported_author_id(ARCHIVE_HANDLE)
