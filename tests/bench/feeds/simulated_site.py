"""Posts and votes in the state of ranking and in the signal history of embeddings, read through their own handlers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np
from numpy.typing import NDArray

from services.embeddings.adapters.text_encoder import TextEncoder
from services.embeddings.domain import MEANING_FLOOR, Hit, SearchFilter, Vector
from services.embeddings.post_index import PostIndex
from services.embeddings.projections import SignalHistory
from services.embeddings.projections import apply_signal as note_signal
from services.embeddings.queries import PostQueries
from services.ranking.handlers import FeedQueries
from services.ranking.personalization import Personalization
from services.ranking.projections import PostRecord, RankingState, apply_signal, put_record
from services.ranking.ranking_cache import RankingCache
from services.ranking.settings import Settings
from shared.ids import derived_id
from shared.log.signals import Signal
from shared.messaging.requests import RankFeed, ReaderTaste, Sort, UserEmbeddingMatches
from tests.bench.feeds.readers import PostedTexts, Reader

# Authors of a community. Who wrote a post is not in the data, so authors are made up.
AUTHORS = 15


class ExactIndex:
    """The post index of embeddings as exact products with one matrix; only what readers' tastes need."""

    def __init__(self, ids: Sequence[str], vectors: NDArray[np.float32], created: NDArray[np.float64]) -> None:
        self._ids, self._matrix, self._created = ids, vectors, created
        self._rows = {post_id: row for row, post_id in enumerate(ids)}

    async def vectors(self, post_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of posts."""
        return {post_id: self._matrix[self._rows[post_id]] for post_id in post_ids}

    async def similarities(self, vector: Vector, post_ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of each post with a vector."""
        rows = [self._rows[post_id] for post_id in post_ids]
        return dict(zip(post_ids, (self._matrix[rows] @ vector).tolist(), strict=True))

    async def nearest(self, vector: Vector, limit: int, within: SearchFilter) -> list[Hit]:
        """Return the posts nearest to a vector, best first, above the floor."""
        cosines = self._matrix @ vector
        if within.newer_than is not None:
            cosines = np.where(self._created >= within.newer_than.timestamp(), cosines, -1.0)
        best = np.argsort(-cosines)[:limit]
        return [Hit(self._ids[row], float(cosines[row]), "meaning") for row in best if cosines[row] >= MEANING_FLOOR]


@dataclass(frozen=True)
class InProcess:
    """The requests of ranking to embeddings without a broker between them."""

    queries: PostQueries

    async def match_posts(self, reader_id: str, post_ids: tuple[str, ...], since: datetime) -> UserEmbeddingMatches:
        """Compare posts with the user embedding."""
        return await self.queries.reader_taste(ReaderTaste(reader_id=reader_id, post_ids=post_ids, since=since))


class SimulatedSite:
    """All posts and all votes of the readers, up to the moment `now` (Unix seconds)."""

    def __init__(
        self, posted: PostedTexts, vectors: NDArray[np.float32], scores: Sequence[int], readers: Sequence[Reader],
        *, now: float,
    ) -> None:  # fmt: skip
        self.ids = [derived_id(int(at * 1000), "simulated", str(row)) for row, at in enumerate(posted.created)]
        self.row_of: Mapping[str, int] = {post_id: row for row, post_id in enumerate(self.ids)}
        state, history = RankingState(), SignalHistory()
        for row, post_id in enumerate(self.ids):
            put_record(state, self._record(posted, row, post_id, scores[row]))
        state.last_applied["EVENTS"] = len(self.ids)
        votes = sorted(
            ((vote.at, reader.id, vote) for reader in readers for vote in reader.votes), key=lambda one: one[:2]
        )
        for sequence, (at, reader_id, vote) in enumerate(votes, 1):
            signal = Signal(
                kind="vote", post_id=self.ids[vote.row], user_id=reader_id, value=vote.value,
                occurred_at=datetime.fromtimestamp(at, UTC), sequence=sequence,
            )  # fmt: skip
            apply_signal(state, signal)
            note_signal(history, signal)
        index = cast("PostIndex", ExactIndex(self.ids, vectors, posted.created))
        encoder = cast("TextEncoder", None)  # nothing is searched by words
        tastes = PostQueries(index, history, encoder, 0.0, lambda: datetime.fromtimestamp(now, UTC))
        rankings = RankingCache(state)
        personalization = Personalization(state, rankings, InProcess(tastes), Settings())
        self._queries = FeedQueries(state, rankings, personalization, lambda: now)

    async def first_page(self, reader: Reader, sort: Sort, places: int) -> list[int]:
        """Return the rows of the first posts of a reader's feed."""
        feed = await self._queries.rank_feed(RankFeed(sort=sort, reader_id=reader.id, limit=places))
        return [self.row_of[item.post_id] for item in feed.items]

    def _record(self, posted: PostedTexts, row: int, post_id: str, score: int) -> PostRecord:
        community = str(posted.communities[row])
        return PostRecord(
            post_id=post_id,
            author_id=f"{community}-{row % AUTHORS}",
            community=community,
            created=float(posted.created[row]),
            root_id="",
            revision=1,
            published=row + 1,
            embedded=1,
            gone=False,
            prior=score,
            listed=row + 1,
        )
