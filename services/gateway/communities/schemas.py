"""Wire models of communities."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from services.gateway.http.schemas import Line, Prose, RequestModel, ResponseModel, Slug


class NewCommunity(RequestModel):
    name: Slug
    title: Annotated[Line, StringConstraints(min_length=1, max_length=80)]
    guideline: Annotated[Prose, StringConstraints(max_length=4000)] = ""


class Community(ResponseModel):
    name: str
    title: str
    guideline: str
    posts: int
    created_at: datetime


class Communities(ResponseModel):
    items: list[Community]
