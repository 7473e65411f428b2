"""The kinds of fields, and what all requests and answers have in common."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

State = Literal["pending", "published", "held", "rejected", "withdrawn"]
TITLE_MAX = 300
BODY_MAX = 40_000
UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
TIME_0 = "00000000-0000-7"
EXAMPLE_ID = "0198c0de-7e57-7abc-8def-0123456789ab"


def _clean(text: object) -> object:
    if isinstance(text, str) and ("\x00" in text or not _encodes(text)):
        raise ValueError("must not contain NUL or lone surrogates")
    return text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # exactly where there are lone surrogates
        return False
    return True


def _made_now(post_id: str) -> str:
    # Imports derive their ids from the source's, at time 0: whoever knows the source could take the place of its posts.
    if post_id.startswith(TIME_0):
        raise ValueError("must be made at the time of writing: this one is kept for imports")
    return post_id


PostId = Annotated[str, StringConstraints(pattern=UUID7), Field(examples=[EXAMPLE_ID])]
NewPostId = Annotated[PostId, AfterValidator(_made_now)]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{3,30}$"), Field(examples=["ada"])]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{2,40}$"), Field(examples=["gardening"])]
Password = Annotated[str, StringConstraints(min_length=10, max_length=200), Field(examples=["a long pass phrase"])]
# The space around it does not count: constraints behind the validator would be looked at one by one, the length first.
Title = Annotated[str, StringConstraints(max_length=TITLE_MAX, strip_whitespace=True), BeforeValidator(_clean)]
Body = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=BODY_MAX)]
Plain = Annotated[str, BeforeValidator(_clean)]
# What somebody says for what they do, to whom it concerns: a paragraph, and not nothing.
Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), BeforeValidator(_clean)
]


class Incoming(BaseModel):
    """A request body: unknown fields are an error, so that a typing mistake is not silently lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class FieldError(Answer):
    """One field that is not right."""

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
