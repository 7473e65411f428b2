"""Where a reader's taste comes from: another service knows it, and may not answer."""

from typing import Protocol

from shared.messaging.requests import UserEmbeddingMatches


class Tastes(Protocol):
    """Knows how near posts are to what a reader likes."""

    async def taste_of(self, reader_id: str, post_ids: tuple[str, ...]) -> UserEmbeddingMatches | None:
        """Similarity of these posts to the reader's vector, with the posts nearest to it; None: no answer in time."""
