"""The errors that API callers can act on, each with its HTTP status and stable code (RFC 9457), and refused starts."""

from collections.abc import Mapping
from typing import ClassVar

# The exit code of a process that refuses to start, EX_CONFIG of sysexits.h: starting it again does not help.
REFUSED_EXIT = 78


class StartRefused(Exception):
    """The process must not start. The message says in one sentence what is wrong, and then what to do."""


class Problem(Exception):
    """An error that the caller can understand and act on."""

    status: ClassVar[int] = 400
    code: str = "bad_request"
    title: ClassVar[str] = "The request cannot be processed"
    # Seconds after which a retry makes sense, for `Retry-After`; None if the same request cannot succeed later.
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, detail: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.headers = dict(headers or {})
        if self.retry_after_s is not None:
            self.headers.setdefault("Retry-After", str(self.retry_after_s))


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "Sign in first"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "You are not allowed to do this"


class NotFound(Problem):
    status, code, title = 404, "not_found", "Not found"


class Conflict(Problem):
    status, code, title = 409, "conflict", "The request conflicts with the current state"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The request is too large"


class Invalid(Problem):
    status, code, title = 422, "invalid", "Some fields are invalid"


class TooManyRequests(Problem):
    status, code, title = 429, "too_many_requests", "Too many requests"
    retry_after_s = 1


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "Part of the service is unavailable right now"
    retry_after_s = 2


class StorageFull(Problem):
    """The log has no room, so nothing was stored. Only the operator can help, hence the long wait."""

    status, code, title = 507, "storage_full", "The server has no room for new content"
    retry_after_s = 30
