"""Query handlers: search, related posts, matches of the user embedding, and vectors packed for devices."""

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from services.embeddings.adapters.text_encoder import TextEncoder
from services.embeddings.domain import (
    Hit,
    IndexUnavailable,
    ReaderSignal,
    SearchFilter,
    Vector,
    is_read_by_model,
    user_embedding,
)
from services.embeddings.post_index import PostIndex
from services.embeddings.projections import SignalHistory
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
from shared.model import pinned_files
from shared.model.encoder import PassFailed

logger = logging.getLogger(__name__)

MAX_PAGE_SIZE = 50  # the limit of the HTTP API
MAX_COMPARED = 1_000  # posts in one comparison with the user embedding: more than a feed requests
INDEX_UNAVAILABLE = "the search index does not answer"
POSTS_ONLY = SearchFilter(kind="post")
# Steps each way of a value packed into 8 bits: -127 to 127, so that a vector and its opposite stay opposites.
STEPS = 127


@dataclass(frozen=True)
class PostQueries:
    """Answers requests about published posts. `encoding_timeout_s`: how long a search waits for the encoder."""

    index: PostIndex
    history: SignalHistory
    encoder: TextEncoder
    encoding_timeout_s: float
    clock: Callable[[], datetime]

    async def search_posts(self, request: SearchPosts) -> PostHits:
        """Hybrid search; by words alone if the model cannot read the text, fails or does not answer in time."""
        within = SearchFilter(
            community=request.community,
            author_id=request.author_id,
            kind=request.kind,
            newer_than=request.newer_than,
            hidden_authors=request.hidden_authors,
        )
        has_meaning = is_read_by_model(request.text)
        vector = await self._query_vector(request.text) if has_meaning else None
        limit, offset = max(1, min(request.limit, MAX_PAGE_SIZE)), max(0, request.offset)
        try:
            hits = await self.index.search(vector, request.text, within, limit, offset)
        except IndexUnavailable:
            return PostHits(error=INDEX_UNAVAILABLE)
        return PostHits(items=_items(hits), semantic=vector is not None or not has_meaning)

    async def related_posts(self, request: RelatedPosts) -> PostHits:
        """Return posts similar to one; none if that one is not published."""
        limit = max(1, min(request.limit, MAX_PAGE_SIZE))
        signals = self.history.of(request.reader_id) if request.reader_id else ()
        try:
            return PostHits(items=_items(await self.index.related(request.post_id, limit, _wanted(request, signals))))
        except IndexUnavailable:
            return PostHits(error=INDEX_UNAVAILABLE)

    async def reader_taste(self, request: ReaderTaste) -> UserEmbeddingMatches:
        """Compare posts with the user embedding and return the published posts nearest to it."""
        signals = self.history.of(request.reader_id)
        if not signals:
            return UserEmbeddingMatches()
        try:
            vectors = await self.index.vectors(list({signal.post_id for signal in signals}))
            embedding = user_embedding(signals, vectors, self.clock())
            liked = tuple(one.post_id for one in reversed(signals) if one.kind == "vote" and one.value > 0)
            if embedding is None:  # likes and dislikes cancel out, or the model can read nothing of what they liked
                unread = any(post_id in vectors and not vectors[post_id].any() for post_id in liked)
                return UserEmbeddingMatches(known=unread, liked=liked if unread else ())
            similarity = await self.index.similarities(embedding, request.post_ids[:MAX_COMPARED])
            limit = max(1, min(request.limit, MAX_COMPARED))
            wanted = _wanted(request, signals)
            hits = await self.index.nearest(embedding, limit, wanted)
            if request.since is not None:
                recent = await self.index.nearest(embedding, limit, replace(wanted, newer_than=request.since))
                hits = sorted({hit.post_id: hit for hit in (*hits, *recent)}.values(), key=lambda hit: -hit.score)
            nearest = _items(hits)
            if request.explained:
                nearest = _explained(
                    nearest,
                    await self.index.vectors([hit.post_id for hit in nearest]),
                    {post_id: vectors[post_id] for post_id in liked if post_id in vectors and vectors[post_id].any()},
                )
        except IndexUnavailable:
            return UserEmbeddingMatches(error=INDEX_UNAVAILABLE)
        return UserEmbeddingMatches(known=True, similarity=similarity, nearest=nearest, liked=liked)

    async def pack_vectors(self, request: PackVectors) -> PackedVectors:
        """Return the vectors of the published ones among these posts, in 8 bits per value."""
        try:
            vectors = await self.index.vectors(request.post_ids)
        except IndexUnavailable:
            return PackedVectors(error=INDEX_UNAVAILABLE)
        known, sizes, steps = quantize(vectors, request.post_ids)
        return PackedVectors(
            vectors=pinned_files.VECTORS,
            dimensions=pinned_files.DIMENSIONS,
            known=tuple(known),
            sizes=tuple(sizes),
            steps=steps,
        )

    async def _query_vector(self, text: str) -> Vector | None:
        try:
            async with asyncio.timeout(self.encoding_timeout_s):
                return await self.encoder.encode(text, urgent=True)
        except (TimeoutError, PassFailed) as error:
            logger.warning("the encoder did not answer: searching by words only", extra={"error": type(error).__name__})
            return None


def quantize(vectors: Mapping[str, Vector], post_ids: Sequence[str]) -> tuple[list[str], list[float], str]:
    """Return the known ids in the requested order, the step size of each vector, and all steps as base64.

    A value is its step times the step size, off by at most half a step: a cosine of two MiniLM vectors is off by less
    than 0.01. Row i of the decoded bytes is int8 of (dimensions,).
    """
    known = [post_id for post_id in post_ids if post_id in vectors]
    rows, sizes = [], []
    for post_id in known:
        vector = vectors[post_id]
        size = float(np.abs(vector).max()) / STEPS or 1.0
        sizes.append(size)
        rows.append(np.rint(vector / np.float32(size)).astype(np.int8).tobytes())
    return known, sizes, base64.b64encode(b"".join(rows)).decode()


def _wanted(request: RelatedPosts | ReaderTaste, signals: Sequence[ReaderSignal]) -> SearchFilter:
    """Return the filter for posts that a reader has not refused: by community, by author, or one by one."""
    return replace(
        POSTS_ONLY,
        hidden_authors=request.hidden_authors,
        hidden_communities=request.hidden_communities,
        hidden_ids=tuple(signal.post_id for signal in signals if signal.kind == "less"),
    )


def _explained(
    nearest: Sequence[PostHit], vectors: Mapping[str, Vector], liked: Mapping[str, Vector]
) -> tuple[PostHit, ...]:
    """Name for each hit the liked post that is nearest to it. Hits without a vector stay as they are."""
    hits = [hit for hit in nearest if hit.post_id in vectors]
    if not hits or not liked:
        return tuple(nearest)
    cosines = np.stack([vectors[hit.post_id] for hit in hits]) @ np.stack(list(liked.values())).T
    ids = list(liked)
    because = {hit.post_id: ids[best] for hit, best in zip(hits, cosines.argmax(axis=1).tolist(), strict=True)}
    return tuple(hit.model_copy(update={"because": because.get(hit.post_id, "")}) for hit in nearest)


def _items(hits: Sequence[Hit]) -> tuple[PostHit, ...]:
    return tuple(PostHit(post_id=hit.post_id, score=round(hit.score, 6), why=hit.why) for hit in hits)
