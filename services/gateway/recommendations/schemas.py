"""Wire models of recommendations."""

from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import ResponseModel


class RecommendationReason(ResponseModel):
    """The reason for a recommendation.

    `voted`: you voted for the post `post_id`, and this is near to it; `popular`: many like it now.
    """

    kind: Literal["voted", "popular"]
    post_id: str | None = Field(default=None, description="The post that you voted for.")
    title: str = Field(default="", description="Its title, or the start of its text.")
    communities: list[str] = Field(
        default_factory=list, description="Of a person: where you vote and they write, by name."
    )


class RecommendedCommunity(ResponseModel):
    name: str
    title: str
    score: float = Field(description="The mean similarity of its three nearest posts, 0 to 1.")
    reason: RecommendationReason


class RecommendedPerson(ResponseModel):
    handle: str
    score: float = Field(description="The mean similarity of their three nearest posts, 0 to 1.")
    reason: RecommendationReason


class Recommendations(ResponseModel):
    communities: list[RecommendedCommunity]
    people: list[RecommendedPerson]
