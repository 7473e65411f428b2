"""Questions in, posts out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.embeddings.adapters.encoding import TextEncoder
from services.embeddings.domain import Hit, IndexUnavailable, PostIndex, SearchFilter, Vector, reader_vector
from services.embeddings.packing import packed
from services.embeddings.projections import Readers
from shared.messaging.requests import (
    PackedVectors,
    PackVectors,
    PostHit,
    PostHits,
    ReaderTaste,
    RelatedPosts,
    SearchPosts,
    UserEmbeddingMatches,
)
from shared.model import pins
from shared.model.encoder import PassFailed

logger = logging.getLogger(__name__)

LARGEST_PAGE = 50  # the public interface's limit
MOST_COMPARED = 1_000  # posts of one question about taste: a feed is ordered out of at most as many
AWAY = "the search index does not answer"
POSTS = SearchFilter(kind="post")


@dataclass(frozen=True)
class Desk:
    """Answers about what is published. `patience`: seconds that a search waits for the encoder."""

    index: PostIndex
    readers: Readers
    encoder: TextEncoder
    patience: float
    clock: Callable[[], datetime]

    async def search_posts(self, request: SearchPosts) -> PostHits:
        """Hybrid search; by words alone where the encoder fails or does not answer in time."""
        within = SearchFilter(
            community=request.community,
            author_id=request.author_id,
            kind=request.kind,
            newer_than=request.newer_than,
            hidden_authors=request.hidden_authors,
        )
        vector = await self._query_vector(request.text)
        limit, offset = max(1, min(request.limit, LARGEST_PAGE)), max(0, request.offset)
        try:
            hits = await self.index.search(vector, request.text, within, limit, offset)
        except IndexUnavailable:
            return PostHits(error=AWAY)
        return PostHits(items=_items(hits), semantic=vector is not None)

    async def related_posts(self, request: RelatedPosts) -> PostHits:
        """Posts near to one in meaning; none where it is not published."""
        limit = max(1, min(request.limit, LARGEST_PAGE))
        try:
            return PostHits(items=_items(await self.index.related(request.post_id, limit, POSTS)))
        except IndexUnavailable:
            return PostHits(error=AWAY)

    async def reader_taste(self, request: ReaderTaste) -> UserEmbeddingMatches:
        """How near posts are to what a reader liked, and which published posts are nearest."""
        signals = self.readers.of(request.reader_id)
        if not signals:
            return UserEmbeddingMatches()
        try:
            vectors = await self.index.vectors(list({signal.post_id for signal in signals}))
            taste = reader_vector(signals, vectors, self.clock())
            if taste is None:
                return UserEmbeddingMatches()
            similarity = await self.index.similarities(taste, request.post_ids[:MOST_COMPARED])
            nearest = await self.index.nearest(taste, max(1, min(request.limit, MOST_COMPARED)), POSTS)
        except IndexUnavailable:
            return UserEmbeddingMatches(error=AWAY)
        return UserEmbeddingMatches(known=True, similarity=similarity, nearest=_items(nearest))

    async def pack_vectors(self, request: PackVectors) -> PackedVectors:
        """The vectors of those of the posts that are published, made small."""
        try:
            vectors = await self.index.vectors(request.post_ids)
        except IndexUnavailable:
            return PackedVectors(error=AWAY)
        known, sizes, steps = packed(vectors, request.post_ids)
        return PackedVectors(
            vectors=pins.VECTORS, dimensions=pins.DIMENSIONS, known=tuple(known), sizes=tuple(sizes), steps=steps
        )

    async def _query_vector(self, text: str) -> Vector | None:
        if not text.strip():
            return None
        try:
            return await asyncio.wait_for(self.encoder.vector(text, urgent=True), self.patience)
        except (TimeoutError, PassFailed) as error:
            logger.warning("the encoder does not answer: a search by words only", extra={"error": type(error).__name__})
            return None


def _items(hits: Sequence[Hit]) -> tuple[PostHit, ...]:
    return tuple(PostHit(post_id=hit.post_id, score=round(hit.score, 6), why=hit.why) for hit in hits)
