"""A caller's mistakes: one small tree, each class with its HTTP status and stable code (RFC 9457 at the edge)."""

from collections.abc import Mapping
from typing import ClassVar


class Problem(Exception):
    """Something that the caller can understand and act on."""

    status: ClassVar[int] = 400
    code: str = "bad_request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(self, detail: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.headers = dict(headers or {})


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "Sign in first"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "This is not yours to do"


class NotFound(Problem):
    status, code, title = 404, "not_found", "There is nothing here"


class Conflict(Problem):
    status, code, title = 409, "conflict", "Somebody was faster, or it exists already"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The request is too large"


class Invalid(Problem):
    status, code, title = 422, "invalid", "Some fields are not right"


class TooManyRequests(Problem):
    status, code, title = 429, "too_many_requests", "Slow down a little"


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "A part of the house does not answer right now"
