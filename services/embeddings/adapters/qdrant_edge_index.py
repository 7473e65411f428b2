"""The post index on Qdrant Edge: the engine runs in this process, the shard is a folder of the data directory.

Edge holds Python's interpreter lock during a call (measured: nothing else runs meanwhile). Calls must therefore be
short: a search takes 2 ms at 20,000 points, and optimizing, the only long call, runs in a process of its own. A single
worker thread makes every call, which makes "read, then write" atomic: only one process can open a shard.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import qdrant_edge as edge

from services.embeddings.adapters import hybrid_search, point_comparison
from services.embeddings.adapters.hidden_words import HiddenWords
from services.embeddings.adapters.point_layout import (
    AUTHOR,
    DENSE,
    LIVE,
    SOURCE_SEQ,
    SPARSE,
    STATE,
    dense_vector,
    digest_of,
    fingerprint,
    stored_point,
    tombstone,
)
from services.embeddings.adapters.qdrant_edge_folder import IndexEmptied, ShardFolder
from services.embeddings.adapters.qdrant_edge_shard import scroll
from services.embeddings.adapters.qdrant_edge_translation import edge_condition, edge_point, edge_request
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
from shared.tasks import WatchedExecutor

T = TypeVar("T")
# A flush takes 20 ms of disk time, which the log needs too, and blocks this process: ten per second are enough.
FLUSH_AFTER_S = 0.1
# Optimizing or reading the whole of a large index takes minutes on a slow disk.
LONGEST_CALL_S = 900.0
IS_LIVE = edge.Filter(must=[edge.FieldCondition(STATE, match=edge.MatchValue(LIVE))])


class EdgeIndex:
    """The index in a folder. A write is flushed to disk before it returns; concurrent writes share a flush."""

    def __init__(self, folder: Path, words: HiddenWords | None = None) -> None:
        self.folder = folder
        self.emptied = False
        self.words = words or HiddenWords()
        self._worker = WatchedExecutor(1, name="qdrant-edge", stuck_after_s=LONGEST_CALL_S)
        self._files = ShardFolder(folder)
        self._next_flush: asyncio.Future[None] | None = None

    async def prepare(self) -> None:
        """Open the folder's shard, or an empty one if it is missing or damaged."""
        await self._in_worker(self._files.open)

    async def sequence(self, post_id: str) -> int:
        """Return the sequence of the latest write or removal of a post; 0 if there was none."""
        return (await self._in_worker(lambda: self._sequences([post_id]))).get(post_id, 0)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store the points that are newer than the stored ones; returns the ids that were written."""
        written = await self._in_worker(lambda: self._upsert(points))
        await self.flush()
        return written

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Replace a post by its tombstone; False if something newer is stored."""
        removed = await self._in_worker(lambda: self._write_tombstones([post_id], source_seq))
        await self.flush()
        return bool(removed)

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Remove all posts of an author and block late writes; returns how many posts were removed."""
        removed = await self._in_worker(lambda: self._remove_author(author_id, source_seq))
        await self.flush()
        return removed

    async def flush(self) -> None:
        """Wait for a flush that starts after all earlier writes; concurrent callers share it."""
        if self._next_flush is None:
            self._next_flush = asyncio.ensure_future(self._flush_soon())
        await asyncio.shield(self._next_flush)

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Return exact matches, then words and meaning fused. Without a vector, only words are searched."""
        search = parse_search(text)
        queries = hybrid_search.hybrid_queries(vector, search, within, words=self.words)
        if not queries:
            return []
        return await self._in_worker(lambda: self._hits(queries, vector, search, slice(offset, offset + limit)))

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
        records = await self._in_worker(lambda: self._open_shard.retrieve(list(post_ids), False, [DENSE]))
        return {str(record.id): dense_vector(record.vector) for record in records if record.vector}

    async def optimize(self) -> None:
        """Merge segments and drop deleted points. Blocks searches: call it at start-up."""
        await self._in_worker(self._files.optimize)

    async def count(self) -> int:
        """Return the number of searchable posts."""
        return await self._in_worker(lambda: self._open_shard.count(edge.CountRequest(True, IS_LIVE)))

    async def digest(self) -> str:
        """Return a hash of the searchable posts that does not depend on the order of writes."""
        return await self._in_worker(
            lambda: digest_of(
                fingerprint(str(r.id), r.payload or {}, dense_vector(r.vector))
                for r in scroll(self._open_shard, IS_LIVE)
            )
        )

    async def stored(self) -> dict[str, StoredPoint]:
        """Return every point by id: posts, tombstones and markers."""
        everything = edge.Filter()
        return await self._in_worker(
            lambda: {str(r.id): stored_point(r.payload or {}) for r in scroll(self._open_shard, everything)}
        )

    async def differing(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Return the ids of stored points of the same facts that have other words or fields, or another vector."""
        ids: list[edge.PointId] = [point.post_id for point in points]
        records = await self._in_worker(lambda: self._open_shard.retrieve(ids, True, [DENSE, SPARSE]))
        return point_comparison.differing(points, self.words, records)

    async def overwrite(self, point: PostPoint, seen: int) -> bool:
        """Store a point in place of the write of the sequence `seen`; False if another one is stored by now."""
        written = await self._in_worker(lambda: self._overwrite(point, seen))
        await self.flush()
        return written

    async def clear(self, replacement: Path | None = None) -> None:
        """Delete everything; the closed shard in the folder `replacement`, if any, moves to this folder."""
        await self._in_worker(lambda: self._files.clear(replacement))

    async def close(self) -> None:
        """Release the shard and the folder, and seal it."""
        if self._files.is_open:
            await self._in_worker(lambda: self._files.close(with_seal=True))
            self._worker.shutdown()

    async def _in_worker(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, self._files.guard, work)
        except IndexEmptied:
            self.emptied = True
            raise

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_AFTER_S)
        await self._in_worker(self._flush)

    def _flush(self) -> None:
        # Reset first, in the only thread that writes: earlier writes are in this flush, later ones need the next.
        self._next_flush = None
        self._open_shard.flush()

    async def _scored(self, query: hybrid_search.Query) -> list[Hit]:
        points = await self._in_worker(lambda: self._open_shard.query(edge_request(query)))
        return [Hit(str(point.id), point.score, "meaning") for point in points]

    @property
    def _open_shard(self) -> edge.EdgeShard:
        return self._files.shard

    def _hits(
        self,
        queries: dict[hybrid_search.Retriever, hybrid_search.Query],
        vector: Vector | None,
        search: SearchQuery,
        part: slice,
    ) -> list[Hit]:
        answers = self._open_shard.query_batch(edge.QueryBatchRequest([*map(edge_request, queries.values())]))
        results = {name: [(str(p.id), p.score) for p in points] for name, points in zip(queries, answers, strict=True)}
        alone = hybrid_search.without_cosine(results)
        more = (
            self._open_shard.query(edge_request(hybrid_search.compare_query(vector, alone)))
            if alone and vector is not None
            else []
        )
        return hybrid_search.hits_of(results, [(str(p.id), p.score) for p in more], search, part)

    def _sequences(self, ids: Iterable[str]) -> dict[str, int]:
        records = self._open_shard.retrieve(list(ids), [SOURCE_SEQ], False)
        return {str(record.id): (record.payload or {})[SOURCE_SEQ] for record in records}

    def _write(self, points: list[edge.Point]) -> None:
        if points:
            self._open_shard.update(edge.UpdateOperation.upsert_points(points))

    def _upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        newer = newer_points(points, self._sequences(ids_to_check(points)))
        self._write([edge_point(point, self.words) for point in newer])
        return frozenset(point.post_id for point in newer)

    def _overwrite(self, point: PostPoint, seen: int) -> bool:
        tombstone_id = author_tombstone_id(point.author_id)
        stored = self._sequences([point.post_id, tombstone_id])
        if stored.get(point.post_id) != seen or not supersedes(stored.get(tombstone_id), point.source_seq):
            return False
        self._write([edge_point(point, self.words)])
        return True

    def _write_tombstones(self, ids: list[str], source_seq: int) -> int:
        stored = self._sequences(ids)
        outdated = [post_id for post_id in ids if supersedes(stored.get(post_id), source_seq)]
        self._write([edge.Point(post_id, {}, tombstone(source_seq)) for post_id in outdated])
        return len(outdated)

    def _remove_author(self, author_id: str, source_seq: int) -> int:
        author_posts = edge.Filter(must=[IS_LIVE, edge_condition(hybrid_search.AnyOf(AUTHOR, (author_id,)))])
        posts = [str(record.id) for record in scroll(self._open_shard, author_posts, with_all=False)]
        self._write_tombstones([author_tombstone_id(author_id)], source_seq)
        return self._write_tombstones(posts, source_seq)
