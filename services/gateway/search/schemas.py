"""Wire models of search and related posts."""

from services.gateway.http.fields import Answer
from services.gateway.posts.schemas import Post


class FoundPost(Answer):
    post: Post
    score: float
    why: str


class SearchAnswer(Answer):
    items: list[FoundPost]
    next: str | None
    semantic: bool


class Related(Answer):
    items: list[FoundPost]
