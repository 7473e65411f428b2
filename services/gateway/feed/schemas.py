"""Wire models of the feed."""

from services.gateway.http.fields import Answer
from services.gateway.posts.schemas import Post


class FeedItem(Answer):
    post: Post
    score: float
    parts: dict[str, float]


class Feed(Answer):
    items: list[FeedItem]
    next: str | None
    personalized: bool
