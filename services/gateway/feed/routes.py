"""Route of the feed: ranking orders it, and the view adds the posts that the caller may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from nats.aio.client import Client

from services.gateway.feed.schemas import Feed, FeedItem
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Limit, Line
from services.gateway.interests.queries import InterestQueries, Unwanted
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.schemas import Post
from shared.messaging.broker import send_request
from shared.messaging.requests import RankFeed, Sort, Window

# Far longer than any healthy answer takes, and short enough to wait for.
ANSWER_S = 3.0


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborators."""

    broker: Client
    posts: PostQueries
    interests: InterestQueries

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

        `next` continues in the same order: posts that arrive meanwhile neither shift nor repeat items. `for_you` has
        nothing that you are not interested in, except in the feed of that community itself.
        """
        unwanted = self.interests.unwanted(caller.id) if sort == "for_you" else Unwanted()
        if community is not None:
            unwanted = Unwanted(people=unwanted.people)
        wanted = RankFeed(
            sort=sort, window=window, community=community, reader_id=caller.id, cursor=cursor, limit=limit,
            hidden_communities=unwanted.communities, hidden_authors=unwanted.people,
        )  # fmt: skip
        ranked = await send_request(self.broker, wanted, ANSWER_S)
        posts = self.posts.posts([item.post_id for item in ranked.items], caller.id)
        items = [
            FeedItem(post=posts[item.post_id], score=item.score, parts=item.parts)
            for item in ranked.items
            if item.post_id in posts and _is_wanted(posts[item.post_id], unwanted)
        ]
        return Feed(items=items, next=ranked.next, personalized=ranked.personalized)


def router(*, broker: Client, posts: PostQueries, interests: InterestQueries) -> APIRouter:
    """Return the route of the feed."""
    return router_of(Routes(broker, posts, interests), prefix="/v1", tags=["feed"])


def _is_wanted(post: Post, unwanted: Unwanted) -> bool:
    """Return whether a ranked post is shown. A ranking that a reader pages through may be older than their no."""
    return post.state == "published" and not unwanted.hides(post.community, post.author.id)
