"""The cursor: which feed, at which moment, and below which place.

It is plain, not signed: it holds nothing that a reader does not see, and a forged one names another place of a
feed that is open to everyone. Whose feed it is comes from the request, never from the cursor.
"""

from __future__ import annotations

import base64
import binascii

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.messaging.requests import Sort, Window


class BadCursor(ValueError):
    """A text that is no cursor of ours, or one of another feed."""


class Cursor(BaseModel):
    """Below the post `post_id` with `score`, at `place`, of a feed as it was at `sequence` and `at` (Unix seconds)."""

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
        """A text of URL-safe characters."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    def expect(self, sort: Sort, window: Window, community: str | None) -> None:
        """Check that the cursor belongs to this feed.

        Raises:
            BadCursor: it is of another sort, window or community.
        """
        if (self.sort, self.window, self.community) != (sort, window, community):
            raise BadCursor("the cursor belongs to another feed")


def read_cursor(text: str) -> Cursor:
    """Read what `encode` wrote.

    Raises:
        BadCursor: the text is not a cursor.
    """
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return Cursor.model_validate_json(plain)
    except (binascii.Error, ValidationError, ValueError) as error:
        raise BadCursor("not a cursor") from error
