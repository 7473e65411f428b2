"""Feed cursors: the feed, the moment at which it was ranked, and the place to continue below.

A cursor is not signed. It contains nothing that the reader cannot see, and a forged one only names another place of a
feed that everyone may read. The reader comes from the request, never from the cursor.
"""

from __future__ import annotations

import base64
import binascii

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.messaging.requests import Sort, Window


class BadCursor(ValueError):
    """The text is not a cursor, or the cursor belongs to another feed."""


class Cursor(BaseModel):
    """A position in the feed as it was at `sequence` and `at` (Unix seconds): below `post_id`, which has `score`.

    `place` is the index of the next post in the ranking of that moment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sort: Sort
    window: Window
    community: str | None
    # Bounds of what the columns can compare: a forged cursor must not overflow them.
    sequence: int = Field(ge=0, lt=2**63)
    at: float = Field(ge=0, lt=2**33)
    place: int = Field(ge=0, lt=2**31)
    score: float = Field(allow_inf_nan=False)
    post_id: str = Field(max_length=64)

    def encode(self) -> str:
        """Return the cursor as URL-safe text."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    def expect(self, sort: Sort, window: Window, community: str | None) -> None:
        """Check that the cursor belongs to this feed.

        Raises:
            BadCursor: sort, window or community differ.
        """
        if (self.sort, self.window, self.community) != (sort, window, community):
            raise BadCursor("the cursor belongs to another feed")


def read_cursor(text: str) -> Cursor:
    """Decode the output of `Cursor.encode`.

    Raises:
        BadCursor: the text is not a cursor.
    """
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return Cursor.model_validate_json(plain)
    except (binascii.Error, ValidationError, ValueError) as error:
        raise BadCursor("not a cursor") from error
