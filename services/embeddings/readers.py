"""Folds the stream of signals into what readers said."""

import asyncio
import logging
from collections.abc import Sequence

from nats.aio.msg import Msg

from services.embeddings.projections import Readers, apply_signal
from shared.events import Unreadable
from shared.signals import decode_signal

logger = logging.getLogger(__name__)

# Signals between two looks at waiting requests: about 2 ms of folding.
_BREATH = 64


class ReaderKeeper:
    """Feeds `Readers` from the stream; bytes that are no signal are passed over."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def keep_signals(self, messages: Sequence[Msg]) -> None:
        """Take signals in stream order."""
        for at, message in enumerate(messages):
            sequence = message.metadata.sequence.stream
            try:
                apply_signal(self._readers, decode_signal(message.data, sequence))
            except Unreadable:
                logger.warning("not a signal", extra={"sequence": sequence})
            if at % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
