"""Wire models of the feed."""

from services.gateway.http.schemas import ResponseModel
from services.gateway.posts.schemas import Post


class FeedItem(ResponseModel):
    post: Post
    score: float
    parts: dict[str, float]


class Feed(ResponseModel):
    items: list[FeedItem]
    next: str | None
    personalized: bool
