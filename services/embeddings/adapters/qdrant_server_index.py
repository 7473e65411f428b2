"""The post index on a Qdrant server. Several replicas of this service may write to it at once."""

from collections.abc import Iterable, Sequence

from qdrant_client import AsyncQdrantClient, models

from services.embeddings.adapters import hybrid_search, point_comparison
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import (
    AUTHOR,
    DENSE,
    LIVE,
    SPARSE,
    STATE,
    dense_vector,
    digest_of,
    fingerprint,
    stored_point,
)
from services.embeddings.adapters.qdrant_server_collection import delete_others, ensure_collection
from services.embeddings.adapters.qdrant_server_points import ServerPoints, translated_errors
from services.embeddings.adapters.qdrant_server_translation import (
    server_condition,
    server_point,
    server_request,
)
from services.embeddings.domain import (
    Hit,
    PostPoint,
    SearchFilter,
    SearchQuery,
    Vector,
    author_tombstone_id,
    ids_to_check,
    newer_points,
    parse_search,
    supersedes,
)
from services.embeddings.index_differences import StoredPoint

IS_LIVE = models.Filter(must=[models.FieldCondition(key=STATE, match=models.MatchValue(value=LIVE))])


class ServerIndex:
    """The index in one collection of a server. A write has been applied there when it returns."""

    def __init__(
        self, client: AsyncQdrantClient, collection: str, words: HiddenWords | None = None, *, family: str = ""
    ) -> None:
        """`family`: how the names of this installation's collections begin. Others of it are deleted."""
        self._client = client
        self._collection = collection
        self._points = ServerPoints(client, collection)
        self.emptied = False  # a server keeps its own files in order
        self._words = words or HiddenWords()
        self._family = family

    async def prepare(self) -> None:
        """Create the collection and its payload indexes where they are missing."""
        with translated_errors():
            await ensure_collection(self._client, self._collection)
            if self._family:
                await delete_others(self._client, self._collection, self._family)

    async def clear(self) -> None:
        """Delete everything."""
        with translated_errors():
            await self._client.delete_collection(self._collection)
        await self.prepare()

    async def sequence(self, post_id: str) -> int:
        """Return the sequence of the latest write or removal of a post; 0 if there was none."""
        return (await self._points.sequences([post_id])).get(post_id, 0)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store the points that are newer than the stored ones; returns the ids that were written."""
        newer = newer_points(points, await self._points.sequences(ids_to_check(points)))
        older_than = [(server_point(point, self._words), models.Range(lt=point.source_seq)) for point in newer]
        await self._points.write(older_than)
        await self._remove_erased(newer)
        return frozenset(point.post_id for point in newer)

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Replace a post by its tombstone; False if something newer is stored."""
        return bool(await self._points.write_tombstones([post_id], source_seq))

    async def flush(self) -> None:
        """Do nothing: the server has written what it shows to its write-ahead log."""

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Remove all posts of an author and block late writes; returns how many posts were removed."""
        # The author's tombstone first, so that later writers see it.
        await self._points.write_tombstones([author_tombstone_id(author_id)], source_seq)
        author_posts = models.Filter(must=[IS_LIVE, server_condition(hybrid_search.AnyOf(AUTHOR, (author_id,)))])
        posts = [str(record.id) async for record in self._points.scroll(author_posts, with_all=False)]
        return await self._points.write_tombstones(posts, source_seq)

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Return exact matches, then words and meaning fused. Without a vector, only words are searched."""
        search = parse_search(text)
        queries = hybrid_search.hybrid_queries(vector, search, within, words=self._words)
        if not queries:
            return []
        return await self._hits(queries, vector, search, slice(offset, offset + limit))

    async def related(self, post_id: str, limit: int, within: SearchFilter) -> list[Hit]:
        """Return posts similar to one but different from each other, without the post itself."""
        vector = (await self.vectors([post_id])).get(post_id)
        if vector is None:
            return []
        return await self._scored(hybrid_search.related_query(vector, limit, within.without(post_id)))

    async def nearest(self, vector: Vector, limit: int, within: SearchFilter) -> list[Hit]:
        """Return the posts nearest to a vector, best first, above the meaning floor."""
        return await self._scored(hybrid_search.nearest_query(vector, limit, within))

    async def similarities(self, vector: Vector, post_ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of each known post with the vector."""
        if not post_ids:
            return {}
        return {hit.post_id: hit.score for hit in await self._scored(hybrid_search.compare_query(vector, post_ids))}

    async def vectors(self, post_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the stored vectors of the known posts."""
        with translated_errors():
            records = await self._client.retrieve(self._collection, list(post_ids), False, [DENSE])
        return {str(record.id): dense_vector(record.vector) for record in records if record.vector}

    async def optimize(self) -> None:
        """Do nothing: a server optimizes itself in the background."""

    async def count(self) -> int:
        """Return the number of searchable posts."""
        with translated_errors():
            return (await self._client.count(self._collection, IS_LIVE, exact=True)).count

    async def digest(self) -> str:
        """Return a hash of the searchable posts that does not depend on the order of writes."""
        return digest_of(
            [
                fingerprint(str(record.id), record.payload or {}, dense_vector(record.vector))
                async for record in self._points.scroll(IS_LIVE)
            ]
        )

    async def stored(self) -> dict[str, StoredPoint]:
        """Return every point by id: posts, tombstones and markers."""
        return {str(r.id): stored_point(r.payload or {}) async for r in self._points.scroll(models.Filter())}

    async def differing(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Return the ids of stored points of the same facts that have other words or fields, or another vector."""
        ids = [point.post_id for point in points]
        with translated_errors():
            records = await self._client.retrieve(self._collection, ids, True, [DENSE, SPARSE])
        return point_comparison.differing(points, self._words, records)

    async def overwrite(self, point: PostPoint, seen: int) -> bool:
        """Store a point in place of the write of the sequence `seen`; False if another one is stored by now."""
        stored = await self._points.sequences(ids_to_check([point]))
        erased_at = stored.get(author_tombstone_id(point.author_id))
        if stored.get(point.post_id) != seen or not supersedes(erased_at, point.source_seq):
            return False
        await self._points.write([(server_point(point, self._words), models.Range(gte=seen, lte=seen))])
        await self._remove_erased([point])
        return True

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def _remove_erased(self, written: Sequence[PostPoint]) -> None:
        """Remove the written posts whose author another replica has erased between the check and the write."""
        tombstones = await self._points.sequences({author_tombstone_id(point.author_id) for point in written})
        for tombstone_id, erased_at in tombstones.items():
            author_posts = [p.post_id for p in written if author_tombstone_id(p.author_id) == tombstone_id]
            await self._points.write_tombstones(author_posts, erased_at)

    async def _send_batch(self, queries: Iterable[hybrid_search.Query]) -> list[list[models.ScoredPoint]]:
        requests = [server_request(query) for query in queries]
        with translated_errors():
            answers = await self._client.query_batch_points(self._collection, requests)
        return [list(answer.points) for answer in answers]

    async def _send(self, query: hybrid_search.Query) -> list[models.ScoredPoint]:
        return (await self._send_batch([query]))[0]

    async def _hits(
        self,
        queries: dict[hybrid_search.Retriever, hybrid_search.Query],
        vector: Vector | None,
        search: SearchQuery,
        part: slice,
    ) -> list[Hit]:
        answers = await self._send_batch(queries.values())
        results = {name: [(str(p.id), p.score) for p in points] for name, points in zip(queries, answers, strict=True)}
        alone = hybrid_search.without_cosine(results)
        more = await self._send(hybrid_search.compare_query(vector, alone)) if alone and vector is not None else []
        return hybrid_search.hits_of(results, [(str(p.id), p.score) for p in more], search, part)

    async def _scored(self, query: hybrid_search.Query) -> list[Hit]:
        return [Hit(str(point.id), point.score, "meaning") for point in await self._send(query)]
