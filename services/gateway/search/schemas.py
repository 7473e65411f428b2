"""Wire models of search and related posts."""

from services.gateway.http.schemas import ResponseModel
from services.gateway.posts.schemas import Post


class FoundPost(ResponseModel):
    post: Post
    score: float
    why: str


class SearchAnswer(ResponseModel):
    items: list[FoundPost]
    next: str | None
    semantic: bool


class Related(ResponseModel):
    items: list[FoundPost]
