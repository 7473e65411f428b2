"""What is known of each reader, kept for a while: taste by request, the rest from the board."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from services.ranking.domain import Preferences, Question
from services.ranking.domain.taste import Tastes
from services.ranking.feeds import Feed, Feeds
from services.ranking.projections import Board
from services.ranking.settings import Settings
from shared.messaging.requests import UserEmbeddingMatches

# The head of the feed, where taste changes what people see: eight pages of 25. The posts nearest to the reader
# come on top of these, wherever they stand.
CANDIDATES = 200
# About 10 kB each.
KEPT_READERS = 2_000


@dataclass(frozen=True, slots=True)
class _Known:
    taste: UserEmbeddingMatches | None
    asked_at: float
    words: int
    preferences: Preferences | None


class Readers:
    """Preferences by reader and community."""

    def __init__(self, board: Board, feeds: Feeds, tastes: Tastes, settings: Settings) -> None:
        self._board, self._feeds, self._tastes, self._settings = board, feeds, tastes, settings
        self._known: OrderedDict[tuple[str, Question], _Known] = OrderedDict()

    async def feed_of(self, reader_id: str, question: Question, now: float) -> tuple[Feed, bool]:
        """The reader's feed, and whether it is personal: without a taste it is everyone's, less what they hid."""
        known = self._known.get((reader_id, question))
        words = self._board.words.get(reader_id, 0)
        if known is None or now >= known.asked_at + self._settings.taste_kept_s:
            known = await self._ask(reader_id, question, now)
        elif known.words != words:
            known = _Known(known.taste, known.asked_at, words, self._preferences(reader_id, known.taste))
        self._keep(reader_id, question, known)
        personal = known.taste is not None and known.taste.known
        if known.preferences is None:
            return Feed(question), personal
        return Feed(question, reader_id, known.preferences), personal

    async def _ask(self, reader_id: str, question: Question, now: float) -> _Known:
        head = self._feeds.first(Feed(question), now).rows[:CANDIDATES]
        post_ids = tuple(self._board.columns.ids[row] for row in head)
        words = self._board.words.get(reader_id, 0)
        taste = await self._tastes.taste_of(reader_id, post_ids)
        if taste is None:
            now += self._settings.taste_retry_s - self._settings.taste_kept_s
        return _Known(taste, now, words, self._preferences(reader_id, taste))

    def _preferences(self, reader_id: str, taste: UserEmbeddingMatches | None) -> Preferences | None:
        hidden = np.array(self._board.hidden(reader_id), dtype=np.int64)
        if taste is None or not taste.known:
            return Preferences(hidden=hidden) if hidden.size else None
        similar = {hit.post_id: hit.score for hit in taste.nearest} | taste.similarity
        rows = {self._board.columns.find(post_id): value for post_id, value in similar.items()}
        rows.pop(None, None)
        return Preferences(
            affinity=self._board.affinity(reader_id),
            taste_rows=np.array(list(rows), dtype=np.int64),
            taste=np.array(list(rows.values()), dtype=np.float64),
            hidden=hidden,
        )

    def _keep(self, reader_id: str, question: Question, known: _Known) -> None:
        self._known[reader_id, question] = known
        self._known.move_to_end((reader_id, question))
        if len(self._known) > KEPT_READERS:
            self._known.popitem(last=False)
