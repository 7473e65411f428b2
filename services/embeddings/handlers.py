"""Facts in, vectors stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.embeddings.adapters.encoding import TextEncoder
from services.embeddings.adapters.judged_posts import JudgedPost, JudgedPosts
from services.embeddings.domain import PostIndex, PostPoint
from shared.ids import derived_id, is_uuid7
from shared.log.append import ConcurrencyConflict, Log
from shared.log.delivery import PoisonMessage
from shared.log.events import EmbeddingStored, Event, PostDecided, UserErased, record
from shared.model.inference_cache import InferenceCache

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Indexer:
    """Keeps the index equal to what the log says is published."""

    index: PostIndex
    posts: JudgedPosts
    cache: InferenceCache
    encoder: TextEncoder
    log: Log
    model: str
    clock: Clock

    async def index_post(self, event: Event) -> None:
        """Store the vector of what was published; take down what was edited, withdrawn, refused or erased."""
        if isinstance(event.data, UserErased):
            await self.index.remove_author(event.entity_id, event.sequence)
        elif not is_uuid7(event.entity_id):
            raise PoisonMessage(f"{event.entity_id} is no post's id")
        elif isinstance(event.data, PostDecided) and event.data.outcome == "published":
            await self._publish(event, event.data)
        else:
            await self.index.remove(event.entity_id, event.sequence)

    async def _publish(self, event: Event, decision: PostDecided) -> None:
        standing = await self.index.sequence(event.entity_id)
        if standing > event.sequence:
            return
        if standing < event.sequence:
            post = await self.posts.of(event.entity_id, decision)
            if post is None:
                await self.index.remove(event.entity_id, event.sequence)
                return
            if not await self.index.upsert([await self._point(event, decision, post)]):
                return
        await self._say_stored(event, decision)

    async def _point(self, event: Event, decision: PostDecided, post: JudgedPost) -> PostPoint:
        known = await self.cache.get(post.content_hash)
        vector = known.vector if known else await self.encoder.vector(post.content.text)
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

    async def _say_stored(self, event: Event, decision: PostDecided) -> None:
        """Append the fact once: a repeat, another replica or a rebuild finds it there."""
        fact = EmbeddingStored(revision=decision.revision, source_sequence=event.sequence, model=self.model)
        unix_ms = int(event.occurred_at.timestamp() * 1000)
        made = derived_id(unix_ms, "embedding.stored", event.entity_id, str(event.sequence), self.model)
        stored = record(fact, event.entity_id, actor="service:embeddings", at=self.clock(), cause=event, event_id=made)
        try:
            await self.log.append(stored, after=0)  # most posts are stored once: no look before it
        except ConcurrencyConflict as lost:
            if not _covers(lost.last, event.sequence, self.model):
                await self.log.append(stored, after=lost.last.sequence if lost.last else 0)


def _covers(last: Event | None, sequence: int, model: str) -> bool:
    """Whether the last stored fact tells of this decision, or of a later one, by this model."""
    if last is None or not isinstance(last.data, EmbeddingStored):
        return False
    return last.data.source_sequence >= sequence and last.data.model == model
