"""Rankings kept in memory, so that a reader who pages on sees the order that the first page had."""

from collections import OrderedDict
from dataclasses import dataclass

from services.ranking.domain import AsOf, Cursor, Preferences, Question, Ranking, extend, id_key, place_below, rank
from services.ranking.projections import Board

# Ten pages of 25; deeper ones double it, so that few readers pay for depth.
FIRST_PLACES = 250
# About 60 bytes a place, and some kilobytes a ranking that places do not show: 24 MB when full.
KEPT_PLACES = 400_000
_PLACES_OF_A_RANKING = 64
# Votes and replies may show in the order a second late; what is published or taken down shows at once.
COUNTS_SHOW_AFTER_S = 1.0
# Ages and the edge of a window move on even where nothing happens.
OLDEST_FIRST_PAGE_S = 30.0


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of one reader (None: everyone's), with what the reader likes."""

    question: Question
    reader_id: str | None = None
    preferences: Preferences | None = None

    @property
    def name(self) -> tuple[Question, str | None]:
        """What tells this feed from others."""
        return self.question, self.reader_id


@dataclass(frozen=True, slots=True)
class Page:
    """Some places of a ranking; `more`: posts are below them."""

    ranking: Ranking
    places: tuple[int, ...]
    more: bool


@dataclass(slots=True)
class _Latest:
    """The ranking that a first page may share, while the board stands where it stood."""

    ranking: Ranking
    preferences: Preferences | None
    moves: int
    counts: int

    def serves(self, board: Board, preferences: Preferences | None, now: float) -> bool:
        age = now - self.ranking.as_of.at
        return (
            self.moves == board.moves
            and self.preferences is preferences
            and age < OLDEST_FIRST_PAGE_S
            and (self.counts == board.counts or age < COUNTS_SHOW_AFTER_S)
        )


class Feeds:
    """Makes rankings from the board, shares them, and forgets the ones used longest ago."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._kept: OrderedDict[tuple[tuple[Question, str | None], AsOf], Ranking] = OrderedDict()
        self._places = 0
        self._latest: dict[tuple[Question, str | None], _Latest] = {}

    def first(self, feed: Feed, now: float) -> Ranking:
        """The ranking for a first page at `now` (Unix seconds)."""
        latest = self._latest.get(feed.name)
        if latest is not None and latest.serves(self._board, feed.preferences, now):
            return self._kept.get((feed.name, latest.ranking.as_of), latest.ranking)
        ranking = self._rank(feed, AsOf(self._board.reached["EVENTS"], now), FIRST_PLACES)
        self._latest[feed.name] = _Latest(ranking, feed.preferences, self._board.moves, self._board.counts)
        return self._keep(feed, ranking)

    def resume(self, feed: Feed, cursor: Cursor) -> tuple[Ranking, int]:
        """The ranking that a cursor names, and the place to go on from.

        Where it is no longer in memory it is made again as of the same moment, and the place found by score and id:
        exact for `new`; for the others exact but for posts whose votes or replies have changed since.
        """
        as_of = AsOf(cursor.sequence, cursor.at)
        kept = self._kept.get((feed.name, as_of))
        if kept is not None:
            self._kept.move_to_end((feed.name, as_of))
            return kept, cursor.place
        ranking = self._keep(feed, self._rank(feed, as_of, cursor.place + FIRST_PLACES))
        return ranking, place_below(ranking, self._board.posts(), cursor.score, id_key(cursor.post_id))

    def deeper(self, feed: Feed, ranking: Ranking) -> Ranking:
        """The same ranking with twice the places."""
        more = max(2 * ranking.rows.size, FIRST_PLACES)
        return self._keep(feed, extend(ranking, self._board.posts(), feed.question, feed.preferences, more))

    def page(self, feed: Feed, ranking: Ranking, place: int, limit: int) -> Page:
        """The next posts from a place on; what has left the feed since the ranking was made is passed over."""
        found: list[int] = []
        while True:
            while place < ranking.rows.size and len(found) < limit:
                if self._board.is_listed(int(ranking.rows[place]), ranking.as_of.sequence):
                    found.append(place)
                place += 1
            if len(found) == limit or ranking.whole:
                return Page(ranking, tuple(found), more=place < ranking.rows.size or not ranking.whole)
            ranking = self.deeper(feed, ranking)

    def _rank(self, feed: Feed, as_of: AsOf, places: int) -> Ranking:
        return rank(self._board.posts(), feed.question, as_of, feed.preferences, places)

    def _keep(self, feed: Feed, ranking: Ranking) -> Ranking:
        key = feed.name, ranking.as_of
        before = self._kept.pop(key, None)
        self._kept[key] = ranking
        self._places += _cost(ranking) - (_cost(before) if before else 0)
        while self._places > KEPT_PLACES and len(self._kept) > 1:
            (name, _), gone = self._kept.popitem(last=False)
            self._places -= _cost(gone)
            if name in self._latest and self._latest[name].ranking.as_of == gone.as_of:
                del self._latest[name]
        return ranking


def _cost(ranking: Ranking) -> int:
    return int(ranking.rows.size) + _PLACES_OF_A_RANKING
