"""Field types, and the base models of requests and responses."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.security.text_rules import MESSAGES, RefusedText, check_line, check_prose, check_shown

TITLE_MAX = 300
BODY_MAX = 40_000
PASSWORD_MIN = 10
UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
TIME_0 = "00000000-0000-7"
EXAMPLE_ID = "0198c0de-7e57-7abc-8def-0123456789ab"


def _refusing(check: Callable[[str], str]) -> Callable[[Any], Any]:
    """Return a check as a validator. Its code becomes the code of the answer (`http.errors`)."""

    def run(text: object) -> object:
        try:
            return check(text) if isinstance(text, str) else text
        except RefusedText as refusal:
            raise PydanticCustomError(refusal.code, MESSAGES[refusal.code]) from refusal

    return run


def _made_now(post_id: str) -> str:
    # Ids of imported posts are derived from the source's ids at time 0: a client could take them before the import.
    if post_id.startswith(TIME_0):
        raise ValueError("must contain the time of writing; this id is reserved for imports")
    return post_id


PostId = Annotated[str, StringConstraints(pattern=UUID7), Field(examples=[EXAMPLE_ID])]
NewPostId = Annotated[PostId, AfterValidator(_made_now)]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{3,30}$"), Field(examples=["ada"])]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{2,40}$"), Field(examples=["gardening"])]
Password = Annotated[
    str, StringConstraints(min_length=PASSWORD_MIN, max_length=200), Field(examples=["a long pass phrase"])
]
# Every field with free text is a line or prose (`shared.security.text_rules`), or a secret that is only compared.
Line = Annotated[str, BeforeValidator(_refusing(check_line))]
Prose = Annotated[str, BeforeValidator(_refusing(check_prose))]
# A text that names something and is only looked up.
Lookup = Annotated[Line, StringConstraints(max_length=100)]
# A name that people give to their own things.
Label = Annotated[Line, StringConstraints(min_length=1, max_length=60)]
# The check comes after the stripping: space and line ends around a title are no fault.
Title = Annotated[
    str, StringConstraints(max_length=TITLE_MAX, strip_whitespace=True), AfterValidator(_refusing(check_line))
]
Body = Annotated[Prose, StringConstraints(max_length=BODY_MAX)]
# A reason that people read: something to see, at most a paragraph. Space around it is stripped before the check.
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, strip_whitespace=True),
    AfterValidator(_refusing(check_shown)),
]
# A page of a list. A phone shows about 10 posts and a large screen 25; larger pages only make both sides wait.
Limit = Annotated[int, Query(ge=1, le=50)]


class RequestModel(BaseModel):
    """A request body. Unknown fields are an error, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class ResponseModel(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class FieldError(ResponseModel):
    """An invalid field."""

    field: str
    message: str


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details with a stable `code`."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(examples=["https://ottit.invalid/problems/handle_taken"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
