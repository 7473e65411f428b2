"""Route of the feed: ranking orders it, and the view adds the posts that the caller may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from nats.aio.client import Client

from services.gateway.feed.schemas import Feed, FeedItem
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Limit, Line
from services.gateway.posts.queries import PostQueries
from shared.messaging.broker import send_request
from shared.messaging.requests import RankFeed, Sort, Window

# Far longer than any healthy answer takes, and short enough to wait for.
ANSWER_S = 3.0


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators."""

    broker: Client
    posts: PostQueries

    @guarded("GET", "/feed", "read_feed")
    async def read_feed(
        self,
        caller: CallerIn,
        sort: Sort = "hot",
        window: Window = "all",
        community: Annotated[Line | None, Query(max_length=40)] = None,
        cursor: Annotated[Line | None, Query(max_length=2000)] = None,
        limit: Limit = 25,
    ) -> Feed:
        """Read a page of the feed. Each item has the parts of its score, which add up to the score.

        `next` continues in the same order: posts that arrive meanwhile neither shift nor repeat items.
        """
        wanted = RankFeed(
            sort=sort, window=window, community=community, reader_id=caller.id, cursor=cursor, limit=limit
        )
        ranked = await send_request(self.broker, wanted, ANSWER_S)
        posts = self.posts.posts([item.post_id for item in ranked.items], caller.id)
        items = [
            FeedItem(post=posts[item.post_id], score=item.score, parts=item.parts)
            for item in ranked.items
            if item.post_id in posts and posts[item.post_id].state == "published"
        ]
        return Feed(items=items, next=ranked.next, personalized=ranked.personalized)


def router(*, broker: Client, posts: PostQueries) -> APIRouter:
    """Return the route of the feed."""
    return router_of(Routes(broker, posts), prefix="/v1", tags=["feed"])
