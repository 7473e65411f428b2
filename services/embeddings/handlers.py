"""Message handlers: the indexer keeps the index equal to the log, the projector folds signals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from nats.aio.msg import Msg

from services.embeddings.adapters.decided_posts import DecidedPost, DecidedPosts
from services.embeddings.adapters.text_encoder import TextEncoder
from services.embeddings.domain import PostPoint, is_read_by_model
from services.embeddings.post_index import PostIndex
from services.embeddings.projections import SignalHistory, apply_signal, copies
from shared.ids import derived_id, is_uuid7
from shared.log.append import ConcurrencyConflict, Log
from shared.log.crash_points import crash_point
from shared.log.events import EmbeddingStored, Event, PostDecided, UserErased, record
from shared.log.handler_runner import PoisonMessage
from shared.log.signals import fold_signals
from shared.model.inference_cache import InferenceCache
from shared.model.pinned_files import DIMENSIONS

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Indexer:
    """Stores published posts in the index and removes others."""

    index: PostIndex
    posts: DecidedPosts
    cache: InferenceCache
    encoder: TextEncoder
    log: Log
    model: str
    clock: Clock

    async def index_post(self, event: Event) -> None:
        """Store the vector of a published post; remove a post that was edited, withdrawn, refused or erased."""
        if isinstance(event.data, UserErased):
            await self.index.remove_author(event.entity_id, event.sequence)
        elif not is_uuid7(event.entity_id):
            raise PoisonMessage(f"{event.entity_id} is not a post id")
        elif await self._is_copy(event):
            return
        elif isinstance(event.data, PostDecided) and event.data.outcome == "published":
            await self._publish(event, event.data)
        else:
            await self.index.remove(event.entity_id, event.sequence)
            crash_point("after_removal")

    async def point_of(self, event: Event, decision: PostDecided) -> PostPoint | None:
        """Return the point of a post that this fact published; None if its author was erased.

        Raises:
            PoisonMessage: the decided text is not in the log, or cannot be opened.
        """
        post = await self.posts.of(event.entity_id, decision)
        return await self._point(event, decision, post) if post else None

    async def _is_copy(self, event: Event) -> bool:
        """Return whether a fact about a post that the index knows already is a stored copy of an earlier one."""
        if not 0 < await self.index.sequence(event.entity_id) < event.sequence:
            return False
        facts = await self.log.facts_of("post", event.entity_id)
        return event.sequence in copies(facts)

    async def _publish(self, event: Event, decision: PostDecided) -> None:
        stored = await self.index.sequence(event.entity_id)
        if stored > event.sequence:
            return
        if stored < event.sequence:
            point = await self.point_of(event, decision)
            if point is None:
                await self.index.remove(event.entity_id, event.sequence)
                return
            crash_point("before_upsert")
            if not await self.index.upsert([point]):
                return
            crash_point("after_upsert")
        else:  # a concurrent or failed attempt has written the point, and perhaps not flushed it
            await self.index.flush()
        await self._append_stored(event, decision)

    async def _point(self, event: Event, decision: PostDecided, post: DecidedPost) -> PostPoint:
        if is_read_by_model(post.content.text):
            cached = await self.cache.get(post.content_hash)
            vector = cached.vector if cached else await self.encoder.encode(post.content.text)
        else:
            vector = np.zeros(DIMENSIONS, np.float32)
        return PostPoint(
            post_id=event.entity_id,
            revision=decision.revision,
            source_seq=event.sequence,
            vector=vector,
            title=post.content.title,
            body=post.content.body,
            community=decision.community,
            author_id=decision.author_id,
            kind=post.kind,
            created_at=post.created_at,
        )

    async def _append_stored(self, event: Event, decision: PostDecided) -> None:
        """Append `embedding.stored` once: a redelivery, another replica or a rebuild finds it in the log."""
        fact = EmbeddingStored(revision=decision.revision, source_sequence=event.sequence, model=self.model)
        unix_ms = int(event.occurred_at.timestamp() * 1000)
        fact_id = derived_id(unix_ms, "embedding.stored", event.entity_id, str(event.sequence), self.model)
        stored = record(
            fact, event.entity_id, actor="service:embeddings", at=self.clock(), cause=event, event_id=fact_id
        )
        try:
            await self.log.append(stored, after=0)  # most posts are stored once, so the log is not read first
        except ConcurrencyConflict as conflict:
            if not _covers(conflict.last, event.sequence, self.model):
                await self.log.append(stored, after=conflict.last.sequence if conflict.last else 0)


class SignalProjector:
    """Folds the `SIGNALS` stream into the signal history."""

    def __init__(self, history: SignalHistory) -> None:
        self._history = history

    async def project_signals(self, messages: Sequence[Msg]) -> None:
        """Fold signals in stream order. Messages that cannot be decoded are skipped."""
        await fold_signals(messages, lambda signal: apply_signal(self._history, signal))


def _covers(last: Event | None, sequence: int, model: str) -> bool:
    """Return whether the latest stored fact is about this decision, or a later one, by the same model."""
    if last is None or not isinstance(last.data, EmbeddingStored):
        return False
    return last.data.source_sequence >= sequence and last.data.model == model
