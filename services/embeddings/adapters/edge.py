"""Qdrant Edge: the engine in this process, its shard a folder of the data directory.

Edge keeps Python's interpreter lock during a call (measured: nothing else runs meanwhile). So calls are short:
a search takes 2 ms at 20,000 points, and the long one, optimizing, is a process of its own. One worker thread
makes every call, which also makes "look what is there, then write" one step: only one process can open a shard.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from pathlib import Path
from typing import TypeVar

import qdrant_edge as edge

from services.embeddings.adapters import edge_queries as queries
from services.embeddings.adapters.edge_shard import claim, open_shard, replace_shard
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
from services.embeddings.domain import (
    Hit,
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

T = TypeVar("T")
# A flush takes 20 ms of disk, which the log needs too, and stops this process meanwhile: ten a second are enough.
FLUSH_AFTER_S = 0.1
FOUND = edge.Filter(must=[edge.FieldCondition(STATE, match=edge.MatchValue(LIVE))])


class EdgeIndex:
    """The post index in a folder. A write is flushed to disk before it returns; writes at once share a flush."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="qdrant-edge")
        self._shard: edge.EdgeShard | None = None
        self._claim: TextIOWrapper | None = None
        self._next_flush: asyncio.Future[None] | None = None

    async def prepare(self) -> None:
        """Open the shard of this folder, made where there is none."""
        await self._call(self._open)

    async def sequence(self, post_id: str) -> int:
        """The sequence of the newest write or take-down of a post; 0 where there was none."""
        return (await self._call(lambda: self._sequences([post_id]))).get(post_id, 0)

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store what is newer than what is there; the ids that were written."""
        written = await self._call(lambda: self._upsert(points))
        await self._flushed()
        return written

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Take a post down and keep its tombstone; False where something newer stands."""
        buried = await self._call(lambda: self._bury([post_id], source_seq))
        await self._flushed()
        return bool(buried)

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Take down all that a person wrote and refuse late writes of theirs; how many posts went."""
        buried = await self._call(lambda: self._bury_author(author_id, source_seq))
        await self._flushed()
        return buried

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Exact matches first, then words and meaning fused. Without a vector: words only."""
        asked = read_search(text)
        batch = queries.searches(vector, asked, within, offset + limit)
        if not batch:
            return []
        return await self._call(lambda: self._hits(batch, vector, asked, slice(offset, offset + limit)))

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
        found = await self._call(lambda: self._open_shard.retrieve(list(post_ids), False, [MEANING]))
        return {str(record.id): meaning_of(record.vector) for record in found if record.vector}

    async def optimize(self) -> None:
        """Merge segments and drop what was deleted. Searches wait meanwhile: call it at start-up."""
        await self._call(self._optimize)

    async def count(self) -> int:
        """How many posts can be found."""
        return await self._call(lambda: self._open_shard.count(edge.CountRequest(True, FOUND)))

    async def digest(self) -> str:
        """Hash of all that can be found: equal content, equal digest, in whatever order it was written."""
        return await self._call(
            lambda: digest_of(
                fingerprint(str(r.id), r.payload or {}, meaning_of(r.vector)) for r in self._scroll(FOUND)
            )
        )

    async def clear(self, built: Path | None = None) -> None:
        """Forget everything; then hold what the closed shard in the folder `built` holds, which moves here."""
        await self._call(lambda: self._clear(built))

    async def close(self) -> None:
        """Release the index; what was written stays."""
        if self._shard is not None:
            await self._call(self._close)
            self._worker.shutdown()

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    async def _flushed(self) -> None:
        """Wait for a flush that begins after what this caller has written; callers at once share it."""
        if self._next_flush is None:
            self._next_flush = asyncio.ensure_future(self._flush_soon())
        await asyncio.shield(self._next_flush)

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_AFTER_S)
        await self._call(self._flush)

    def _flush(self) -> None:
        # First, in the one thread that writes: who has written before this line is covered, who comes later is not.
        self._next_flush = None
        self._open_shard.flush()

    async def _near(self, request: edge.QueryRequest) -> list[Hit]:
        found = await self._call(lambda: self._open_shard.query(request))
        return [Hit(str(point.id), point.score, "meaning") for point in found]

    @property
    def _open_shard(self) -> edge.EdgeShard:
        if self._shard is None:
            raise RuntimeError(f"the index in {self.folder} is closed")
        return self._shard

    def _open(self) -> None:
        if self._shard is None:
            self._claim = self._claim or claim(self.folder)
            self._shard = open_shard(self.folder)

    def _close(self) -> None:
        if self._shard is not None:
            self._shard.close()
        if self._claim is not None:
            self._claim.close()
        self._shard = self._claim = None

    def _clear(self, built: Path | None) -> None:
        self._close()
        replace_shard(self.folder, built)
        self._open()

    def _optimize(self) -> None:
        """In another process, because a call of seconds would stop this one's event loop."""
        self._close()
        try:
            program = [sys.executable, "-m", "services.embeddings.adapters.optimize_shard", str(self.folder)]
            subprocess.run(program, check=True)
        finally:
            self._open()

    def _hits(
        self, batch: dict[Leg, edge.QueryRequest], vector: Vector | None, asked: SearchText, part: slice
    ) -> list[Hit]:
        answers = self._open_shard.query_batch(edge.QueryBatchRequest(list(batch.values())))
        legs = {leg: [(str(p.id), p.score) for p in points] for leg, points in zip(batch, answers, strict=True)}
        page = joined(legs)[part]
        near = self._open_shard.query(queries.compared(vector, [post_id for post_id, _ in page], stems=True))
        return hits_of(page, {str(p.id): Near.of(p.score, p.vector) for p in near}, asked)

    def _sequences(self, ids: Iterable[str]) -> dict[str, int]:
        found = self._open_shard.retrieve(list(ids), [SOURCE_SEQ], False)
        return {str(record.id): (record.payload or {})[SOURCE_SEQ] for record in found}

    def _write(self, points: list[edge.Point]) -> None:
        if points:
            self._open_shard.update(edge.UpdateOperation.upsert_points(points))

    def _upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        seen = self._sequences(keys_of(points))
        fresh = newest(points, seen)
        self._write([_stored(point) for point in fresh])
        return frozenset(point.post_id for point in fresh)

    def _bury(self, ids: list[str], source_seq: int) -> int:
        seen = self._sequences(ids)
        stale = [one for one in ids if supersedes(seen.get(one), source_seq)]
        self._write([edge.Point(one, {}, tombstone(source_seq)) for one in stale])
        return len(stale)

    def _bury_author(self, author_id: str, source_seq: int) -> int:
        theirs = edge.Filter(must=[FOUND, queries.condition(OneOf(AUTHOR, (author_id,)))])
        posts = [str(record.id) for record in self._scroll(theirs, with_all=False)]
        self._bury([author_grave(author_id)], source_seq)
        return self._bury(posts, source_seq)

    def _scroll(self, within: edge.Filter, *, with_all: bool = True) -> Iterator[edge.Record]:
        at: edge.PointId | None = None
        while True:
            wanted = edge.ScrollRequest(at, PAGE, within, with_all, [MEANING] if with_all else False)
            records, at = self._open_shard.scroll(wanted)
            yield from records
            if at is None:
                return


def _stored(point: PostPoint) -> edge.Point:
    indices, values = words_of_post(point.title, point.body)
    vectors: dict[str, edge.NamedVector] = {
        MEANING: point.vector.tolist(),
        WORDS: edge.SparseVector(indices, values),
    }
    return edge.Point(point.post_id, vectors, payload_of(point))
