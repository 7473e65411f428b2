"""Recommends communities and people to a reader, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nats.aio.client import Client

from services.gateway.interests.queries import InterestQueries, Unwanted
from services.gateway.recommendations.domain import (
    Candidate,
    Found,
    author_of,
    community_of,
    known_communities,
    shared_communities,
)
from services.gateway.recommendations.queries import RecommendationQueries
from services.gateway.recommendations.schemas import (
    RecommendationReason,
    Recommendations,
    RecommendedCommunity,
    RecommendedPerson,
)
from shared.messaging.broker import send_request
from shared.messaging.requests import RankFeed, ReaderTaste

# A side column is worth only a short wait.
ANSWER_S = 1.0
# Posts near to a reader's taste from which communities and people are read off: eight pages of a feed.
NEAR = 200
# The same for a reader without votes: two pages.
HOTTEST = 50


@dataclass(frozen=True)
class Recommender:
    """Asks embeddings what is near to a reader's taste, and the view what may be recommended of it."""

    broker: Client
    queries: RecommendationQueries
    interests: InterestQueries

    async def recommend(self, reader_id: str, limit: int) -> Recommendations:
        """Return at most `limit` communities and as many people, best first."""
        unwanted = self.interests.unwanted(reader_id)
        found = await self._found(reader_id, unwanted)
        return Recommendations(
            communities=self._communities(found, reader_id, unwanted, limit),
            people=self._people(found, reader_id, unwanted, limit),
        )

    async def _found(self, reader_id: str, unwanted: Unwanted) -> Found:
        taste = ReaderTaste(
            reader_id=reader_id,
            limit=NEAR,
            explained=True,
            hidden_communities=unwanted.communities,
            hidden_authors=unwanted.people,
        )
        matches = await send_request(self.broker, taste, ANSWER_S)
        hottest: tuple[str, ...] = ()
        if not matches.nearest:
            ranked = await send_request(self.broker, RankFeed(sort="hot", limit=HOTTEST), ANSWER_S)
            hottest = tuple(item.post_id for item in ranked.items)
        sources = self.queries.sources({*(hit.post_id for hit in matches.nearest), *matches.liked, *hottest})
        return Found(matches.nearest, matches.liked, hottest, sources)

    def _communities(self, found: Found, reader_id: str, unwanted: Unwanted, limit: int) -> list[RecommendedCommunity]:
        known = known_communities(found) | self.queries.writes_in(reader_id)
        candidates = found.candidates(community_of, left_out=known | frozenset(unwanted.communities))
        titles = self.queries.communities([one.id for one in candidates])
        shown = [one for one in candidates if one.id in titles][:limit]
        reasons = self._reasons(shown)
        return [
            RecommendedCommunity(name=one.id, title=titles[one.id], score=one.score, reason=reasons[one.id])
            for one in shown
        ]

    def _people(self, found: Found, reader_id: str, unwanted: Unwanted, limit: int) -> list[RecommendedPerson]:
        candidates = found.candidates(author_of, left_out=frozenset({reader_id, *unwanted.people}))
        handles = self.queries.handles([one.id for one in candidates])
        shown = [one for one in candidates if one.id in handles][:limit]
        reasons = self._reasons(shown)
        return [
            RecommendedPerson(
                handle=handles[one.id],
                score=one.score,
                reason=reasons[one.id].model_copy(update={"communities": shared_communities(one.id, found)}),
            )
            for one in shown
        ]

    def _reasons(self, shown: Sequence[Candidate]) -> Mapping[str, RecommendationReason]:
        """Return a reason for each; a liked post that is not public any more is not named."""
        titles = self.queries.titles({one.because for one in shown if one.because})
        return {
            one.id: RecommendationReason(
                kind=one.kind,
                post_id=one.because if one.because in titles else None,
                title=titles.get(one.because, ""),
            )
            for one in shown
        }
