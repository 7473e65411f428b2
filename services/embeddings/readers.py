"""Folds the stream of signals into what readers said."""

from collections.abc import Sequence

from nats.aio.msg import Msg

from services.embeddings.projections import Readers, apply_signal
from shared.log.signals import fold_signals


class ReaderKeeper:
    """Feeds `Readers` from the stream; bytes that are no signal are passed over."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def keep_signals(self, messages: Sequence[Msg]) -> None:
        """Take signals in stream order."""
        await fold_signals(messages, lambda signal: apply_signal(self._readers, signal))
