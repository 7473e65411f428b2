"""Messages in, places in the feed out."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from services.ranking.domain import PARTS, BadCursor, Cursor, Question, read_cursor
from services.ranking.feeds import Feed, Feeds, Page
from services.ranking.projections import FACTS, Board, apply_event, apply_signal
from services.ranking.readers import Readers
from shared.log.events import DecodeError, Event, decode
from shared.log.signals import YIELD_EVERY, fold_signals
from shared.messaging.requests import RankedFeed, RankedPost, RankFeed
from shared.telemetry.tracing import Telemetry

logger = logging.getLogger(__name__)

LARGEST_PAGE = 50  # the public interface's limit
BAD_CURSOR = "bad_cursor"
_FOLDED = frozenset(fact.subject("").rstrip(".") for fact in FACTS)


class BoardKeeper:
    """Folds the streams into the board as they come."""

    def __init__(self, board: Board, telemetry: Telemetry, seen_before: int) -> None:
        """`seen_before`: facts up to this sequence were ordered by an earlier run and get no second span."""
        self._board, self._telemetry, self._seen_before = board, telemetry, seen_before

    async def order_posts(self, messages: Sequence[Msg]) -> None:
        """Take facts in stream order; bytes that are no event are passed over, as every view does."""
        for at, message in enumerate(messages):
            if message.subject.rsplit(".", 1)[0] in _FOLDED:
                self._order_post(message)
            if at % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)

    async def count_signals(self, messages: Sequence[Msg]) -> None:
        """Take signals in stream order."""
        await fold_signals(messages, lambda signal: apply_signal(self._board, signal))

    def _order_post(self, message: Msg) -> None:
        sequence = message.metadata.sequence.stream
        try:
            event = decode(message.data, sequence)
        except DecodeError:
            logger.warning("not a fact", extra={"sequence": sequence})
            return
        if apply_event(self._board, event) and sequence > self._seen_before:
            self._say_ordered(event)

    def _say_ordered(self, event: Event) -> None:
        about: dict[str, AttributeValue] = {"post.id": event.entity_id, "sequence": event.sequence}
        with self._telemetry.span("order_post", event.traceparent, SpanKind.CONSUMER, about):
            logger.debug("ordered", extra=about)


class FeedDesk:
    """Answers for feeds."""

    def __init__(self, board: Board, feeds: Feeds, readers: Readers, clock: Callable[[], float]) -> None:
        """`clock`: Unix seconds."""
        self._board, self._feeds, self._readers, self._clock = board, feeds, readers, clock

    async def rank_feed(self, request: RankFeed) -> RankedFeed:
        """One page. `refused` is `bad_cursor` where the cursor is not one of this feed."""
        try:
            cursor = read_cursor(request.cursor) if request.cursor else None
            if cursor is not None:
                cursor.expect(request.sort, request.window, request.community)
        except BadCursor:
            return RankedFeed(refused=BAD_CURSOR)
        community = self._board.communities.find(request.community) if request.community else None
        if request.community and community is None:
            return RankedFeed()
        question = Question(request.sort, request.window if request.sort == "top" else "all", community)
        feed, personalized = await self._feed(request, question)
        page = self._page(feed, cursor, max(1, min(request.limit, LARGEST_PAGE)))
        items = self._items(page)
        following = self._cursor(request, page, items[-1]) if page.more and items else None
        return RankedFeed(items=items, next=following, personalized=personalized)

    async def _feed(self, request: RankFeed, question: Question) -> tuple[Feed, bool]:
        if request.sort != "for_you" or not request.reader_id:
            return Feed(question), False
        return await self._readers.feed_of(request.reader_id, question, self._clock())

    def _page(self, feed: Feed, cursor: Cursor | None, limit: int) -> Page:
        if cursor is None:
            return self._feeds.page(feed, self._feeds.first(feed, self._clock()), 0, limit)
        ranking, place = self._feeds.resume(feed, cursor)
        return self._feeds.page(feed, ranking, place, limit)

    def _items(self, page: Page) -> tuple[RankedPost, ...]:
        places = list(page.places)
        ids, rows = self._board.columns.ids, page.ranking.rows
        scores, parts = page.ranking.scores[places].tolist(), page.ranking.parts[:, places].T.tolist()
        return tuple(
            RankedPost(post_id=ids[rows[place]], score=score, parts=dict(zip(PARTS, part, strict=True)))
            for place, score, part in zip(places, scores, parts, strict=True)
        )

    def _cursor(self, request: RankFeed, page: Page, last: RankedPost) -> str:
        as_of = page.ranking.as_of
        return Cursor(
            sort=request.sort,
            window=request.window,
            community=request.community,
            sequence=as_of.sequence,
            at=as_of.at,
            place=page.places[-1] + 1,
            score=last.score,
            post_id=last.post_id,
        ).encode()
