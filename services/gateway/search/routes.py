"""Routes of search and related posts: embeddings finds them, and the view adds the posts that the caller may see."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from nats.aio.client import Client

from services.gateway.accounts.queries import AccountQueries
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Limit, Line, PostId, Prose
from services.gateway.interests.queries import InterestQueries
from services.gateway.posts.queries import PostQueries
from services.gateway.search.schemas import FoundPost, Related, SearchAnswer
from shared.messaging.broker import send_request
from shared.messaging.requests import RelatedPosts, SearchPosts
from shared.problems import Invalid

# Far longer than any healthy answer takes, and short enough to wait for.
ANSWER_S = 3.0
# A side column is worth only a short wait.
RELATED_S = 1.0
# Hardly anybody pages deeper, and each page costs as much as all pages before it.
DEEPEST = 1000
AGES = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    broker: Client
    posts: PostQueries
    accounts: AccountQueries
    interests: InterestQueries

    @guarded("GET", "/search", "search_posts")
    async def search(
        self,
        caller: CallerIn,
        q: Annotated[Prose, Query(min_length=1, max_length=300)],
        community: Annotated[Line | None, Query(max_length=40)] = None,
        author: Annotated[Line | None, Query(max_length=40)] = None,
        kind: Literal["post", "comment"] | None = None,
        age: Literal["day", "week", "month", "year"] | None = None,
        cursor: Annotated[Line | None, Query(max_length=40)] = None,
        limit: Limit = 20,
    ) -> SearchAnswer:
        """Search posts by words and by meaning, exact matches first. `why` explains each match."""
        offset = _offset(cursor)
        found = await send_request(
            self.broker,
            SearchPosts(
                text=q.strip() or q,
                community=community,
                author_id=self.accounts.visible(author, caller).id if author is not None else None,
                kind=kind,
                newer_than=datetime.now(UTC) - timedelta(days=AGES[age]) if age else None,
                limit=limit,
                offset=offset,
            ),
            ANSWER_S,
        )
        posts = self.posts.posts([hit.post_id for hit in found.items], caller.id)
        items = [
            FoundPost(post=posts[hit.post_id], score=hit.score, why=hit.why)
            for hit in found.items
            if hit.post_id in posts and posts[hit.post_id].state == "published"
        ]
        more = len(found.items) == limit and offset + limit < DEEPEST
        return SearchAnswer(items=items, next=_cursor(offset + limit) if more else None, semantic=found.semantic)

    @guarded("GET", "/posts/{post_id}/related", "read_posts", summary="Find related posts", tags=["posts"])
    async def related_posts(self, post_id: Annotated[PostId, Path()], caller: CallerIn) -> Related:
        """Find published posts with a similar meaning, without those that you are not interested in."""
        self.posts.visible(post_id, caller)
        unwanted = self.interests.unwanted(caller.id)
        wanted = RelatedPosts(
            post_id=post_id,
            reader_id=caller.id,
            hidden_communities=unwanted.communities,
            hidden_authors=unwanted.people,
        )
        hits = await send_request(self.broker, wanted, RELATED_S)
        posts = self.posts.posts([hit.post_id for hit in hits.items], caller.id)
        return Related(
            items=[
                FoundPost(post=posts[hit.post_id], score=hit.score, why=hit.why)
                for hit in hits.items
                if hit.post_id in posts
            ]
        )


def router(*, broker: Client, posts: PostQueries, accounts: AccountQueries, interests: InterestQueries) -> APIRouter:
    """Return the routes of search."""
    return router_of(Routes(broker, posts, accounts, interests), prefix="/v1", tags=["feed"])


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(cursor.encode()))
    except ValueError as error:  # raised by base64, too
        raise Invalid("Invalid cursor.", "cursor_invalid") from error
    if not 0 <= offset <= DEEPEST:
        raise Invalid(f"Search returns at most {DEEPEST} results.", "cursor_invalid")
    return offset
