"""A reader's taste, asked for over the broker."""

from nats.aio.client import Client

from shared.messaging.broker import send_request
from shared.messaging.requests import ReaderTaste, UserEmbeddingMatches
from shared.problems import Unavailable


class BrokerTastes:
    """Asks the embeddings service."""

    def __init__(self, broker: Client, timeout: float) -> None:
        """`timeout` in seconds."""
        self._broker = broker
        self._timeout = timeout

    async def taste_of(self, reader_id: str, post_ids: tuple[str, ...]) -> UserEmbeddingMatches | None:
        """The taste, or None where no answer comes in time."""
        try:
            return await send_request(self._broker, ReaderTaste(reader_id=reader_id, post_ids=post_ids), self._timeout)
        except Unavailable:
            return None
