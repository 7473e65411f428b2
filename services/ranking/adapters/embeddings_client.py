"""Requests to the embeddings service over the broker."""

from datetime import datetime

from nats.aio.client import Client

from shared.messaging.broker import send_request
from shared.messaging.requests import ReaderTaste, UserEmbeddingMatches
from shared.problems import Unavailable


class EmbeddingsClient:
    """Implements `UserEmbeddings` with requests to the embeddings service."""

    def __init__(self, broker: Client, timeout_s: float) -> None:
        self._broker, self._timeout_s = broker, timeout_s

    async def match_posts(
        self, reader_id: str, post_ids: tuple[str, ...], since: datetime
    ) -> UserEmbeddingMatches | None:
        """Compare posts with the reader's user embedding; None when no answer arrives in time."""
        try:
            return await send_request(
                self._broker, ReaderTaste(reader_id=reader_id, post_ids=post_ids, since=since), self._timeout_s
            )
        except Unavailable:
            return None
