"""Wire models of imports."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.gateway.http.schemas import Body, Line, RequestModel, ResponseModel, Title
from shared.log.events import Moment


class ImportRow(RequestModel):
    """A post from another site, as `ottit import` sends it.

    A comment is put into its parent's community. `author_id` tells authors of the same name apart; without an author,
    the post's author is unknown. `removed`: only a placeholder that keeps the thread together.
    """

    id: Annotated[Line, StringConstraints(min_length=1, max_length=200)]
    community: Annotated[Line, StringConstraints(min_length=1, max_length=80)] | None = None
    text: Body
    title: Title | None = None
    author: Annotated[Line, StringConstraints(max_length=80)] | None = None
    author_id: Annotated[Line, StringConstraints(max_length=200)] | None = None
    created_at: Moment | None = None
    score: int = Field(default=0, ge=-(2**31), le=2**31)
    parent_id: Annotated[Line, StringConstraints(max_length=200)] | None = None
    removed: bool = False


class ImportIn(RequestModel):
    posts: list[dict[str, Any]] = Field(min_length=1, max_length=200)


class ImportResult(ResponseModel):
    id: str
    post_id: str | None
    state: Literal["accepted", "repeat", "refused"]
    code: str | None = None
    detail: str | None = None


class ImportAnswer(ResponseModel):
    results: list[ImportResult]
