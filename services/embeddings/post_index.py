"""The interface of the post index, which Qdrant Edge and a Qdrant server implement."""

from collections.abc import Sequence
from typing import Protocol

from services.embeddings.domain import Hit, PostPoint, SearchFilter, Vector


class PostIndex(Protocol):
    """The published posts by meaning and by words. Writes are idempotent, and durable when they return.

    Every method may raise IndexUnavailable. `emptied` is true after damage was found and the index was emptied.
    """

    emptied: bool

    async def prepare(self) -> None:
        """Open the index and create what is missing; does nothing if all is there."""

    async def sequence(self, post_id: str) -> int:
        """Return the sequence of the latest write or removal of a post; 0 if there was none."""

    async def upsert(self, points: Sequence[PostPoint]) -> frozenset[str]:
        """Store the points that are newer than the stored ones; returns the ids that were written."""

    async def remove(self, post_id: str, source_seq: int) -> bool:
        """Replace a post by its tombstone; False if something newer is stored."""

    async def remove_author(self, author_id: str, source_seq: int) -> int:
        """Remove all posts of an author and block late writes; returns how many posts were removed."""

    async def flush(self) -> None:
        """Make the writes of others durable that `sequence` shows already."""

    async def search(
        self, vector: Vector | None, text: str, within: SearchFilter, limit: int, offset: int = 0
    ) -> list[Hit]:
        """Return exact matches, then words and meaning fused. Without a vector, only words are searched."""

    async def related(self, post_id: str, limit: int, within: SearchFilter) -> list[Hit]:
        """Return posts similar to one but different from each other, without the post itself."""

    async def nearest(self, vector: Vector, limit: int, within: SearchFilter) -> list[Hit]:
        """Return the posts nearest to a vector, best first, above the meaning floor."""

    async def similarities(self, vector: Vector, post_ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of each known post with the vector."""

    async def vectors(self, post_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the stored vectors of the known posts."""

    async def optimize(self) -> None:
        """Merge segments and drop deleted points. Blocks searches: call it at start-up."""

    async def count(self) -> int:
        """Return the number of searchable posts."""

    async def digest(self) -> str:
        """Return a hash of the searchable posts that does not depend on the order of writes."""

    async def clear(self) -> None:
        """Delete everything."""

    async def close(self) -> None:
        """Release the index; stored points stay."""
