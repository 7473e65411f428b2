"""The feed and search: other services order and find, this view fills in what the caller may see."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.gateway.dependencies import InHouse
from services.gateway.feed.schemas import Feed, FeedItem, FoundPost, SearchAnswer
from services.gateway.http.guard import CallerIn, guarded
from services.gateway.http.paging import Limit
from shared.messaging.broker import send_request
from shared.messaging.requests import RankFeed, SearchPosts, Sort, Window
from shared.problems import Invalid, NotFound

router = APIRouter(prefix="/v1", tags=["feed"])
# Longer than any healthy answer by far, shorter than a person's patience.
ANSWER_S = 3.0
# Deeper than this nobody pages, and every page costs all before it.
DEEPEST = 1000
AGES = {"day": 1, "week": 7, "month": 30, "year": 365}


@guarded(router, "GET", "/feed", "read_feed")
async def read_feed(
    house: InHouse,
    caller: CallerIn,
    sort: Sort = "hot",
    window: Window = "all",
    community: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    limit: Limit = 25,
) -> Feed:
    """A page of the feed. Every item has the parts of its score; the parts add up to the score.

    `next` continues the same order: posts that arrive meanwhile neither shift nor repeat anything.
    """
    wanted = RankFeed(sort=sort, window=window, community=community, reader_id=caller.id, cursor=cursor, limit=limit)
    ranked = await send_request(house.broker, wanted, ANSWER_S)
    posts = house.view.posts([item.post_id for item in ranked.items], caller.id)
    items = [
        FeedItem(post=posts[item.post_id], score=item.score, parts=item.parts)
        for item in ranked.items
        if item.post_id in posts and posts[item.post_id].state == "published"
    ]
    return Feed(items=items, next=ranked.next, personalized=ranked.personalized)


@guarded(router, "GET", "/search", "search_posts")
async def search(
    house: InHouse,
    caller: CallerIn,
    q: Annotated[str, Query(min_length=1, max_length=300)],
    community: Annotated[str | None, Query(max_length=40)] = None,
    author: Annotated[str | None, Query(max_length=40)] = None,
    kind: Literal["post", "comment"] | None = None,
    age: Literal["day", "week", "month", "year"] | None = None,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 20,
) -> SearchAnswer:
    """Find posts by words and by meaning, exact matches first. `why` tells how each was found."""
    offset = _offset(cursor)
    found = await send_request(
        house.broker,
        SearchPosts(
            text=q.strip() or q,
            community=community,
            author_id=_author_id(house, author),
            kind=kind,
            newer_than=datetime.now(UTC) - timedelta(days=AGES[age]) if age else None,
            limit=limit,
            offset=offset,
        ),
        ANSWER_S,
    )
    posts = house.view.posts([hit.post_id for hit in found.items], caller.id)
    items = [
        FoundPost(post=posts[hit.post_id], score=hit.score, why=hit.why)
        for hit in found.items
        if hit.post_id in posts and posts[hit.post_id].state == "published"
    ]
    more = len(found.items) == limit and offset + limit < DEEPEST
    return SearchAnswer(items=items, next=_cursor(offset + limit) if more else None, semantic=found.semantic)


def _author_id(house: InHouse, handle: str | None) -> str | None:
    if handle is None:
        return None
    user = house.view.user_by_handle(handle)
    if user is None:
        raise NotFound(f"Nobody is called {handle}.")
    return user.id


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(cursor.encode()))
    except ValueError as error:  # also base64's own
        raise Invalid("This cursor is none of ours.", "cursor_invalid") from error
    if not 0 <= offset <= DEEPEST:
        raise Invalid(f"Search pages end at {DEEPEST}.", "cursor_invalid")
    return offset
