"""Communities, feed, search, profiles, timelines."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.gateway.http.fields import Answer, Incoming, Plain, Slug
from services.gateway.posts.schemas import Post


class NewCommunity(Incoming):
    name: Slug
    title: Annotated[Plain, StringConstraints(min_length=1, max_length=80)]
    guideline: Annotated[Plain, StringConstraints(max_length=4000)] = ""


class Community(Answer):
    name: str
    title: str
    guideline: str
    posts: int
    created_at: datetime


class Communities(Answer):
    items: list[Community]


class FeedItem(Answer):
    post: Post
    score: float
    parts: dict[str, float]


class Feed(Answer):
    items: list[FeedItem]
    next: str | None
    personalized: bool


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


class OwnPosts(Answer):
    items: list[Post]
    next: str | None


class Profile(Answer):
    id: str
    handle: str
    joined_at: datetime
    posts: int
    comments: int
    recent: list[Post]


class TimelineFact(Answer):
    sequence: int
    type: str
    occurred_at: datetime
    actor: str
    revision: int | None
    outcome: str | None
    took_ms: float | None


class TimelineSpan(Answer):
    name: str
    service: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status: str


class Timeline(Answer):
    code: str = Field(description="a short code to quote", examples=["OT-7F3K"])
    facts: list[TimelineFact]
    spans: list[TimelineSpan]
