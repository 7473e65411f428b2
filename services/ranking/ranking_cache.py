"""Caches rankings in memory, so that a reader who pages on sees the order of the first page."""

from collections import OrderedDict
from dataclasses import dataclass

from services.ranking.domain import AsOf, Cursor, FeedQuery, Preferences, Ranking, extend, id_key, place_below, rank
from services.ranking.projections import RankingState

# Ten pages of 25; deeper pages double it, so that only the few readers who go deep cost more.
FIRST_PLACES = 250
# About 60 bytes per place, plus some kilobytes per ranking: 24 MB when full.
CACHED_PLACES = 400_000
_OVERHEAD_IN_PLACES = 64
# New votes and replies may change the order a second late; published and removed posts show at once.
COUNT_DELAY_S = 1.0
# Ages and the edge of a window advance even where nothing happens.
MAX_AGE_S = 30.0


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed query with the reader and the reader's preferences; without a reader it is everyone's feed."""

    query: FeedQuery
    reader_id: str | None = None
    preferences: Preferences | None = None

    @property
    def key(self) -> tuple[FeedQuery, str | None]:
        """The cache key of this feed."""
        return self.query, self.reader_id


@dataclass(frozen=True, slots=True)
class Page:
    """Some places of a ranking; `more` means that posts follow below them."""

    ranking: Ranking
    places: tuple[int, ...]
    more: bool


@dataclass(slots=True)
class _Latest:
    """The newest ranking of a feed; first pages share it as long as it is fresh."""

    ranking: Ranking
    preferences: Preferences | None
    listing_changes: int
    count_changes: int

    def is_fresh(self, state: RankingState, preferences: Preferences | None, now: float) -> bool:
        age = now - self.ranking.as_of.at
        return (
            self.listing_changes == state.listing_changes
            and self.preferences is preferences
            and age < MAX_AGE_S
            and (self.count_changes == state.count_changes or age < COUNT_DELAY_S)
        )


class RankingCache:
    """Computes rankings from the state, shares them between requests, and evicts the least recently used."""

    def __init__(self, state: RankingState) -> None:
        self._state = state
        self._cached: OrderedDict[tuple[tuple[FeedQuery, str | None], AsOf], Ranking] = OrderedDict()
        self._cached_places = 0
        self._latest: dict[tuple[FeedQuery, str | None], _Latest] = {}

    def first(self, feed: Feed, now: float) -> Ranking:
        """Return the ranking for a first page at `now` (Unix seconds)."""
        state, latest = self._state, self._latest.get(feed.key)
        if latest is not None and latest.is_fresh(state, feed.preferences, now):
            return self._cached.get((feed.key, latest.ranking.as_of), latest.ranking)
        ranking = self._rank(feed, AsOf(state.last_applied["EVENTS"], now), FIRST_PLACES)
        self._latest[feed.key] = _Latest(ranking, feed.preferences, state.listing_changes, state.count_changes)
        return self._keep(feed, ranking)

    def resume(self, feed: Feed, cursor: Cursor) -> tuple[Ranking, int]:
        """Return the ranking that a cursor names, and the place to continue from.

        A ranking that was evicted is computed again as of the same moment, and the place is found by score and id.
        The result is exact for `new`; for other sorts it is exact except for posts whose votes or replies changed.
        """
        as_of = AsOf(cursor.sequence, cursor.at)
        cached = self._cached.get((feed.key, as_of))
        if cached is not None:
            self._cached.move_to_end((feed.key, as_of))
            return cached, cursor.place
        ranking = self._keep(feed, self._rank(feed, as_of, cursor.place + FIRST_PLACES))
        return ranking, place_below(ranking, self._state.posts(), cursor.score, id_key(cursor.post_id))

    def page(self, feed: Feed, ranking: Ranking, place: int, limit: int) -> Page:
        """Return the next posts from `place` on, without those that have left the feed since it was ranked."""
        listed: list[int] = []
        while True:
            while place < ranking.rows.size and len(listed) < limit:
                if self._state.is_listed(int(ranking.rows[place]), ranking.as_of.sequence):
                    listed.append(place)
                place += 1
            if len(listed) == limit or ranking.complete:
                return Page(ranking, tuple(listed), more=place < ranking.rows.size or not ranking.complete)
            ranking = self._extend(feed, ranking)

    def _extend(self, feed: Feed, ranking: Ranking) -> Ranking:
        places = max(2 * ranking.rows.size, FIRST_PLACES)
        return self._keep(feed, extend(ranking, self._state.posts(), feed.query, feed.preferences, places))

    def _rank(self, feed: Feed, as_of: AsOf, places: int) -> Ranking:
        return rank(self._state.posts(), feed.query, as_of, feed.preferences, places)

    def _keep(self, feed: Feed, ranking: Ranking) -> Ranking:
        key = feed.key, ranking.as_of
        before = self._cached.pop(key, None)
        self._cached[key] = ranking
        self._cached_places += _cost(ranking) - (_cost(before) if before else 0)
        while self._cached_places > CACHED_PLACES and len(self._cached) > 1:
            (feed_key, _), evicted = self._cached.popitem(last=False)
            self._cached_places -= _cost(evicted)
            if feed_key in self._latest and self._latest[feed_key].ranking.as_of == evicted.as_of:
                del self._latest[feed_key]
        return ranking


def _cost(ranking: Ranking) -> int:
    return int(ranking.rows.size) + _OVERHEAD_IN_PLACES
