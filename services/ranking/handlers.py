"""Message handlers: the projector folds streams into the ranking state, feed queries answer `rank_feed`."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from services.ranking.domain import PARTS, BadCursor, Cursor, FeedQuery, read_cursor
from services.ranking.personalization import Personalization, Refused
from services.ranking.projections import FACTS, RankingState, apply_event, apply_signal
from services.ranking.projections.ranking_state import StringTable
from services.ranking.ranking_cache import Feed, Page, RankingCache
from shared.log.events import DecodeError, Event, decode
from shared.log.signals import YIELD_EVERY, fold_signals
from shared.messaging.requests import RankedFeed, RankedPost, RankFeed
from shared.telemetry.tracing import Telemetry

logger = logging.getLogger(__name__)

MAX_PAGE_SIZE = 50  # the limit of the HTTP API
BAD_CURSOR = "bad_cursor"
_FOLDED = frozenset(fact.subject("").rstrip(".") for fact in FACTS)


class Projector:
    """Folds both streams into the ranking state as messages arrive."""

    def __init__(self, state: RankingState, telemetry: Telemetry, traced_up_to: int) -> None:
        """`traced_up_to`: facts up to this sequence got their span in an earlier run and get no second one."""
        self._state, self._telemetry, self._traced_up_to = state, telemetry, traced_up_to

    async def project_facts(self, messages: Sequence[Msg]) -> None:
        """Fold facts in stream order. Messages that cannot be decoded are skipped, as in every view."""
        for at, message in enumerate(messages):
            if message.subject.rsplit(".", 1)[0] in _FOLDED:
                self._project_fact(message)
            if at % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)

    async def project_signals(self, messages: Sequence[Msg]) -> None:
        """Fold signals in stream order."""
        await fold_signals(messages, lambda signal: apply_signal(self._state, signal))

    async def fold_signals_again(self) -> None:
        """Let the signals of the whole stream count once more, because it has lost its end."""
        self._state.last_applied["SIGNALS"] = 0

    def _project_fact(self, message: Msg) -> None:
        sequence = message.metadata.sequence.stream
        try:
            event = decode(message.data, sequence, message.subject)
        except DecodeError:
            logger.warning("skipped a message that is not a fact", extra={"sequence": sequence})
            return
        if apply_event(self._state, event) and sequence > self._traced_up_to:
            self._trace_listed(event)

    def _trace_listed(self, event: Event) -> None:
        attributes: dict[str, AttributeValue] = {"post.id": event.entity_id, "sequence": event.sequence}
        with self._telemetry.span("order_post", event.traceparent, SpanKind.CONSUMER, attributes):
            logger.debug("listed a post", extra=attributes)


class FeedQueries:
    """Answers feed requests from the ranking state."""

    def __init__(
        self,
        state: RankingState,
        rankings: RankingCache,
        personalization: Personalization,
        clock: Callable[[], float],
    ) -> None:
        """`clock` returns Unix seconds."""
        self._state, self._rankings, self._personalization, self._clock = state, rankings, personalization, clock

    async def rank_feed(self, request: RankFeed) -> RankedFeed:
        """Return one page. `refused` is `bad_cursor` if the cursor does not belong to this feed."""
        try:
            cursor = read_cursor(request.cursor) if request.cursor else None
            if cursor is not None:
                cursor.expect(request.sort, request.window, request.community)
        except BadCursor:
            return RankedFeed(refused=BAD_CURSOR)
        community = self._state.communities.find(request.community) if request.community else None
        if request.community and community is None:
            return RankedFeed()
        query = FeedQuery(request.sort, request.window if request.sort == "top" else "all", community)
        feed, personalized = await self._feed(request, query)
        page = self._page(feed, cursor, max(1, min(request.limit, MAX_PAGE_SIZE)))
        items = self._items(page)
        following = self._cursor(request, page, items[-1]) if page.more and items else None
        return RankedFeed(items=items, next=following, personalized=personalized)

    async def _feed(self, request: RankFeed, query: FeedQuery) -> tuple[Feed, bool]:
        if request.sort != "for_you" or not request.reader_id:
            return Feed(query), False
        authors, communities = self._state.authors, self._state.communities
        refused = Refused(_numbers(authors, request.hidden_authors), _numbers(communities, request.hidden_communities))
        return await self._personalization.feed_of(request.reader_id, query, self._clock(), refused)

    def _page(self, feed: Feed, cursor: Cursor | None, limit: int) -> Page:
        if cursor is None:
            return self._rankings.page(feed, self._rankings.first(feed, self._clock()), 0, limit)
        ranking, place = self._rankings.resume(feed, cursor)
        return self._rankings.page(feed, ranking, place, limit)

    def _items(self, page: Page) -> tuple[RankedPost, ...]:
        places = list(page.places)
        ids, rows = self._state.columns.ids, page.ranking.rows
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


def _numbers(table: StringTable, texts: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the texts that have one yet: a person or community without posts has none."""
    return tuple(sorted(number for text in texts if (number := table.find(text)) is not None))
