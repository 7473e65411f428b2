"""Readers' preferences, cached: similarity to the user embedding from embeddings, the rest from the ranking state."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np

from services.ranking.domain import FeedQuery, Preferences
from services.ranking.projections import RankingState
from services.ranking.ranking_cache import Feed, RankingCache
from services.ranking.settings import Settings
from shared.messaging.requests import UserEmbeddingMatches

# The head of the feed, where personalization changes what people see: eight pages of 25. The posts nearest to the
# user embedding are added to these, wherever they are ranked.
CANDIDATES = 200
# The nearest posts of this time are added to those of all times: where much has been written, those are all old.
RECENT = timedelta(days=7)
# About 10 kB each.
CACHED_PREFERENCES = 2_000


class UserEmbeddings(Protocol):
    """The embeddings service, as ranking uses it."""

    async def match_posts(
        self, reader_id: str, post_ids: tuple[str, ...], since: datetime
    ) -> UserEmbeddingMatches | None:
        """Compare posts with the reader's user embedding, and find the nearest ones, of all times and of those `since`.

        None: no answer in time.
        """


@dataclass(frozen=True, slots=True)
class Refused:
    """The values of the columns `author` and `community` that a reader is not interested in, sorted."""

    authors: tuple[int, ...] = ()
    communities: tuple[int, ...] = ()


NOTHING = Refused()


@dataclass(frozen=True, slots=True)
class _Cached:
    matches: UserEmbeddingMatches | None
    requested_at: float
    signal_count: int
    refused: Refused
    preferences: Preferences | None


class Personalization:
    """Builds the personal feed of a reader; preferences are cached by reader and feed query."""

    def __init__(
        self, state: RankingState, rankings: RankingCache, embeddings: UserEmbeddings, settings: Settings
    ) -> None:
        self._state, self._rankings, self._embeddings, self._settings = state, rankings, embeddings, settings
        self._cache: OrderedDict[tuple[str, FeedQuery], _Cached] = OrderedDict()

    async def feed_of(
        self, reader_id: str, query: FeedQuery, now: float, refused: Refused = NOTHING
    ) -> tuple[Feed, bool]:
        """Return the reader's feed, and whether it is personalized.

        Without a user embedding it is everyone's feed, minus what the reader hid or refused.
        """
        cached = self._cache.get((reader_id, query))
        signal_count = self._state.signal_counts.get(reader_id, 0)
        if cached is None or now >= cached.requested_at + self._settings.taste_kept_s:
            cached = await self._request(reader_id, query, now, refused)
        elif (cached.signal_count, cached.refused) != (signal_count, refused):
            preferences = self._preferences(reader_id, cached.matches, refused)
            cached = _Cached(cached.matches, cached.requested_at, signal_count, refused, preferences)
        self._keep(reader_id, query, cached)
        personalized = cached.matches is not None and cached.matches.known
        if cached.preferences is None:
            return Feed(query), personalized
        return Feed(query, reader_id, cached.preferences), personalized

    async def _request(self, reader_id: str, query: FeedQuery, now: float, refused: Refused) -> _Cached:
        head = self._rankings.first(Feed(query), now).rows[:CANDIDATES]
        post_ids = tuple(self._state.columns.ids[row] for row in head)
        signal_count = self._state.signal_counts.get(reader_id, 0)
        since = datetime.fromtimestamp(now, UTC) - RECENT
        matches = await self._embeddings.match_posts(reader_id, post_ids, since)
        if matches is None:
            now += self._settings.taste_retry_s - self._settings.taste_kept_s
        return _Cached(matches, now, signal_count, refused, self._preferences(reader_id, matches, refused))

    def _preferences(
        self, reader_id: str, matches: UserEmbeddingMatches | None, refused: Refused
    ) -> Preferences | None:
        hidden = np.array(self._state.hidden(reader_id), dtype=np.int64)
        refusals = Preferences(hidden=hidden, hidden_authors=refused.authors, hidden_communities=refused.communities)
        if matches is None or not matches.known:
            return refusals if hidden.size or refused != NOTHING else None
        cosines = {hit.post_id: hit.score for hit in matches.nearest} | matches.similarity
        by_row = {self._state.columns.find(post_id): cosine for post_id, cosine in cosines.items()}
        by_row.pop(None, None)
        return replace(
            refusals,
            known=True,
            affinity=self._state.affinity(reader_id),
            seen=np.array(self._state.seen(reader_id), dtype=np.int64),
            similar_rows=np.array(list(by_row), dtype=np.int64),
            similarity=np.array(list(by_row.values()), dtype=np.float64),
        )

    def _keep(self, reader_id: str, query: FeedQuery, cached: _Cached) -> None:
        self._cache[reader_id, query] = cached
        self._cache.move_to_end((reader_id, query))
        if len(self._cache) > CACHED_PREFERENCES:
            self._cache.popitem(last=False)
