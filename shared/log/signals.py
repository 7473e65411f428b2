"""Signals: the last word of one person on one post. Not facts of the log's order, one message per subject."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.log.events import DecodeError

SignalKind = Literal["vote", "read", "less"]


class Signal(BaseModel):
    """A vote (−1, 0, 1), a read (1) or "show less" (1, 0 to take it back)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    PREFIX: ClassVar[str] = "signals"

    kind: SignalKind
    post_id: str
    user_id: str
    value: int
    occurred_at: datetime
    sequence: int = 0  # set by the reader, never stored

    @property
    def subject(self) -> str:
        """`signals.<kind>.<post>.<person>`: a later message replaces an earlier one."""
        return f"{self.PREFIX}.{self.kind}.{self.post_id}.{self.user_id}"

    def encode(self) -> bytes:
        """The stored bytes: JSON without the sequence."""
        return self.model_dump_json(exclude={"sequence"}).encode()


def decode_signal(stored: bytes, sequence: int = 0) -> Signal:
    """Read stored bytes.

    Raises:
        Unreadable: the bytes are no signal.
    """
    try:
        return Signal.model_validate_json(stored).model_copy(update={"sequence": sequence})
    except ValidationError as error:
        raise DecodeError(f"signal at sequence {sequence}") from error
