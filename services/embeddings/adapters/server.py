"""A Qdrant server, for installations past one machine. Several replicas of this service may write to it at once."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException

from services.embeddings.adapters import server_queries as queries
from services.embeddings.adapters.layout import AUTHOR, LIVE, MEANING, PAGE, SOURCE_SEQ, STATE, WORDS, Leg, OneOf
from services.embeddings.adapters.points import (
    Near,
    digest_of,
    fingerprint,
    hits_of,
    joined,
    meaning_of,
    payload_of,
    tombstone,
    words_of_post,
)
from services.embeddings.adapters.server_collection import ensure_collection
from services.embeddings.domain import (
    Hit,
    IndexUnavailable,
    PostPoint,
    SearchFilter,
    SearchText,
    Vector,
    author_grave,
    keys_of,
    newest,
    read_search,
    supersedes,
)

FOUND = models.Filter(must=[models.FieldCondition(key=STATE, match=models.MatchValue(value=LIVE))])


@contextmanager
def _answering() -> Iterator[None]:
    """Say in our words that the server is away, too slow, or has lost the collection."""
    try:
        yield
    except ApiException as error:
        raise IndexUnavailable(f"Qdrant: {type(error).__name__}") from error


class ServerIndex:
    """The post index in one collection of a server. A write has been applied there when it returns."""

    def __init__(self, client: AsyncQdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    async def prepare(self) -> None:
        """Make the collection and its payload indexes where they are missing."""
        with _answering():
            await ensure_collection(self._client, self._collection)

    async def clear(self) -> None:
        """Forget everything."""
        with _answering():
            await self._client.delete_collection(self._collection)
        await self.prepare()

    async def sequence(self, post_id: str) -> int:
        """The sequence of the newest write or take-down of a post; 0 where there was none."""
        return (await self._sequences([post_id])).get(post_id, 0)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store what is newer than what is there; the ids that were written."""
        seen = await self._sequences(keys_of(points))
        fresh = newest(points, seen)
        await self._write([(_stored(point), point.source_seq) for point in fresh])
        # An author may have been erased by another replica between the look and the write: look again.
        for grave, erased in (await self._sequences({author_grave(point.author_id) for point in fresh})).items():
            await self._bury([p.post_id for p in fresh if author_grave(p.author_id) == grave], erased)
        return frozenset(point.post_id for point in fresh)

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Take a post down and keep its tombstone; False where something newer stands."""
        return bool(await self._bury([post_id], source_seq))

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Take down all that a person wrote and refuse late writes of theirs; how many posts went."""
        await self._bury([author_grave(author_id)], source_seq)  # first, so that who writes after this finds it
        theirs = models.Filter(must=[FOUND, queries.condition(OneOf(AUTHOR, (author_id,)))])
        posts = [str(record.id) async for record in self._scroll(theirs, with_all=False)]
        return await self._bury(posts, source_seq)

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Exact matches first, then words and meaning fused. Without a vector: words only."""
        asked = read_search(text)
        batch = queries.searches(vector, asked, within, offset + limit)
        if not batch:
            return []
        return await self._hits(batch, vector, asked, slice(offset, offset + limit))

    async def related(self, post_id: str, limit: int, within: SearchFilter) -> list[Hit]:
        """Posts near to one in meaning and unlike each other, never itself; empty where it is unknown."""
        vector = (await self.vectors([post_id])).get(post_id)
        return [] if vector is None else await self._near(queries.varied(vector, limit, within.without(post_id)))

    async def nearest(self, vector: Vector, limit: int, within: SearchFilter) -> list[Hit]:
        """Posts nearest to a vector, best first, none under the meaning floor."""
        return await self._near(queries.near(vector, limit, within))

    async def similarities(self, vector: Vector, post_ids: Sequence[str]) -> dict[str, float]:
        """Cosine of each known post with the vector; unknown posts are absent."""
        if not post_ids:
            return {}
        return {hit.post_id: hit.score for hit in await self._near(queries.compared(vector, post_ids))}

    async def vectors(self, post_ids: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of the known posts."""
        with _answering():
            found = await self._client.retrieve(self._collection, list(post_ids), False, [MEANING])
        return {str(record.id): meaning_of(record.vector) for record in found if record.vector}

    async def optimize(self) -> None:
        """Nothing to do: a server optimizes itself in the background."""

    async def count(self) -> int:
        """How many posts can be found."""
        with _answering():
            return (await self._client.count(self._collection, FOUND, exact=True)).count

    async def digest(self) -> str:
        """Hash of all that can be found: equal content, equal digest, in whatever order it was written."""
        return digest_of(
            [
                fingerprint(str(record.id), record.payload or {}, meaning_of(record.vector))
                async for record in self._scroll(FOUND)
            ]
        )

    async def close(self) -> None:
        """Release the index; what was written stays."""
        await self._client.close()

    async def _batch(self, requests: list[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        with _answering():
            answers = await self._client.query_batch_points(self._collection, requests)
        return [list(answer.points) for answer in answers]

    async def _query(self, request: models.QueryRequest) -> list[models.ScoredPoint]:
        return (await self._batch([request]))[0]

    async def _hits(
        self, batch: dict[Leg, models.QueryRequest], vector: Vector | None, asked: SearchText, part: slice
    ) -> list[Hit]:
        answers = await self._batch(list(batch.values()))
        legs = {leg: [(str(p.id), p.score) for p in found] for leg, found in zip(batch, answers, strict=True)}
        page = joined(legs)[part]
        near = await self._query(queries.compared(vector, [post_id for post_id, _ in page], stems=True))
        return hits_of(page, {str(p.id): Near.of(p.score, p.vector) for p in near}, asked)

    async def _near(self, request: models.QueryRequest) -> list[Hit]:
        return [Hit(str(point.id), point.score, "meaning") for point in await self._query(request)]

    async def _sequences(self, ids: Iterable[str]) -> dict[str, int]:
        with _answering():
            found = await self._client.retrieve(self._collection, list(ids), [SOURCE_SEQ], False)
        return {str(record.id): (record.payload or {})[SOURCE_SEQ] for record in found}

    async def _write(self, points: list[tuple[models.PointStruct, int]]) -> None:
        """Each point with the condition that what stands is older: the server decides races of two replicas."""
        if not points:
            return
        operations = [
            models.UpsertOperation(
                upsert=models.PointsList(
                    points=[point],
                    update_filter=models.Filter(
                        must=[models.FieldCondition(key=SOURCE_SEQ, range=models.Range(lt=source_seq))]
                    ),
                )
            )
            for point, source_seq in points
        ]
        with _answering():
            await self._client.batch_update_points(
                self._collection, operations, wait=True, ordering=models.WriteOrdering.MEDIUM
            )

    async def _bury(self, ids: list[str], source_seq: int) -> int:
        seen = await self._sequences(ids)
        stale = [one for one in ids if supersedes(seen.get(one), source_seq)]
        graves = [models.PointStruct(id=one, vector={}, payload=tombstone(source_seq)) for one in stale]
        await self._write([(grave, source_seq) for grave in graves])
        return len(stale)

    async def _scroll(self, within: models.Filter, *, with_all: bool = True) -> AsyncIterator[models.Record]:
        at: Any = None
        vectors = [MEANING] if with_all else False
        while True:
            with _answering():
                records, at = await self._client.scroll(
                    self._collection, within, limit=PAGE, offset=at, with_payload=with_all, with_vectors=vectors
                )
            for record in records:
                yield record
            if at is None:
                return


def _stored(point: PostPoint) -> models.PointStruct:
    indices, values = words_of_post(point.title, point.body)
    words = models.SparseVector(indices=indices, values=values)
    vectors = {MEANING: point.vector.tolist(), WORDS: words}
    return models.PointStruct(id=point.post_id, vector=vectors, payload=payload_of(point))
