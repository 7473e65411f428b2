"""Reads and writes the points of one collection of a Qdrant server."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException

from services.embeddings.adapters.point_layout import DENSE, SCROLL_PAGE, SOURCE_SEQ, tombstone
from services.embeddings.domain import IndexUnavailable, supersedes


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise IndexUnavailable when the server is unreachable, too slow, or has lost the collection."""
    try:
        yield
    except ApiException as error:
        raise IndexUnavailable(f"Qdrant: {type(error).__name__}") from error


class ServerPoints:
    """The points of one collection. Every method may raise IndexUnavailable."""

    def __init__(self, client: AsyncQdrantClient, collection: str) -> None:
        self._client, self._collection = client, collection

    async def sequences(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the sequences of the stored points among these."""
        with translated_errors():
            records = await self._client.retrieve(self._collection, list(ids), [SOURCE_SEQ], False)
        return {str(record.id): (record.payload or {})[SOURCE_SEQ] for record in records}

    async def write(self, points: list[tuple[models.PointStruct, models.Range]]) -> None:
        """Write each point if there is none, or if the stored sequence is in the range.

        The server decides races between replicas.
        """
        if not points:
            return
        operations = [
            models.UpsertOperation(
                upsert=models.PointsList(
                    points=[point],
                    update_filter=models.Filter(must=[models.FieldCondition(key=SOURCE_SEQ, range=sequences)]),
                )
            )
            for point, sequences in points
        ]
        with translated_errors():
            await self._client.batch_update_points(
                self._collection, operations, wait=True, ordering=models.WriteOrdering.MEDIUM
            )

    async def write_tombstones(self, ids: list[str], source_seq: int) -> int:
        """Replace older points by tombstones; returns how many."""
        stored = await self.sequences(ids)
        outdated = [post_id for post_id in ids if supersedes(stored.get(post_id), source_seq)]
        tombstones = [models.PointStruct(id=post_id, vector={}, payload=tombstone(source_seq)) for post_id in outdated]
        await self.write([(point, models.Range(lt=source_seq)) for point in tombstones])
        return len(outdated)

    async def scroll(self, within: models.Filter, *, with_all: bool = True) -> AsyncIterator[models.Record]:
        """Yield the points that pass the filter, with payload and embedding, or without both."""
        offset: Any = None
        vectors = [DENSE] if with_all else False
        while True:
            with translated_errors():
                records, offset = await self._client.scroll(
                    self._collection,
                    within,
                    limit=SCROLL_PAGE,
                    offset=offset,
                    with_payload=with_all,
                    with_vectors=vectors,
                )
            for record in records:
                yield record
            if offset is None:
                return
