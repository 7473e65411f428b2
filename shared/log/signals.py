"""Signals: a user's latest vote, read or "show less" on a post. Not facts: the stream keeps one message per subject."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

from nats.aio.msg import Msg
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from shared.log.events import DecodeError
from shared.log.events.field_types import FULL_WEIGHT, EntityId, Moment, Weight, within

logger = logging.getLogger(__name__)

# Messages folded between two turns of the event loop: about 2 ms.
YIELD_EVERY = 64

SignalKind = Literal["vote", "read", "less"]


class Signal(BaseModel):
    """A vote (−1, 0, 1), a read (1) or "show less" (1, 0 to take it back). `weight`: of a vote, in percent."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    PREFIX: ClassVar[str] = "signals"

    kind: SignalKind
    post_id: EntityId
    user_id: EntityId
    value: Annotated[int, AfterValidator(within(-1, 1))]
    occurred_at: Moment
    weight: Weight = FULL_WEIGHT
    sequence: int = 0  # set when it is read, never stored

    @property
    def subject(self) -> str:
        """`signals.<kind>.<post>.<user>`: a later message replaces an earlier one."""
        return f"{self.PREFIX}.{self.kind}.{self.post_id}.{self.user_id}"

    def encode(self) -> bytes:
        """Return the stored bytes: JSON without the sequence."""
        return self.model_dump_json(exclude={"sequence"}).encode()


def decode_signal(stored: bytes, sequence: int = 0, subject: str = "") -> Signal:
    """Decode stored bytes.

    `subject`: where they are stored. The stream keeps one message per subject, so under another subject a signal could
    replace a different one.

    Raises:
        DecodeError: the bytes are not a signal, or are stored under the subject of another one.
    """
    try:
        signal = Signal.model_validate_json(stored).model_copy(update={"sequence": sequence})
    except ValidationError as error:
        raise DecodeError(f"signal at sequence {sequence}", sequence) from error
    if subject and subject != signal.subject:
        raise DecodeError(f"the subject of another signal at sequence {sequence}", sequence)
    return signal


async def fold_signals(messages: Sequence[Msg], fold: Callable[[Signal], object]) -> None:
    """Pass signals to `fold` in stream order, and skip messages that are not signals.

    Yields to the event loop regularly, so that requests are served meanwhile.
    """
    for index, message in enumerate(messages):
        sequence = message.metadata.sequence.stream
        try:
            fold(decode_signal(message.data, sequence, message.subject))
        except DecodeError:
            logger.warning("not a signal", extra={"sequence": sequence})
        if index % YIELD_EVERY == YIELD_EVERY - 1:
            await asyncio.sleep(0)
