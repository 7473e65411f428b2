"""Refuses requests that contain an API key of an AI provider, before any part of them is stored or logged."""

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from services.gateway.http.errors import problem
from services.gateway.http.secret_shapes import LONGEST, contains_key

CODE = "looks_like_a_key"
# Rows of an import are already public texts, and no page with a key sends them.
UNSCANNED = ("/v1/import",)


class LeakedSecret(HTTPException):
    """The body contains a key. Not a `Problem`, because FastAPI passes on only HTTPException while it reads a body."""

    def __init__(self) -> None:
        super().__init__(400)


def key_in_head(scope: Scope) -> str:
    """Return where the address or the headers contain a key, in words; empty if nowhere."""
    if contains_key((scope.get("raw_path") or b"") + b"?" + scope["query_string"]):
        return "the address"
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    # All headers at once: nearly every request ends here.
    if not contains_key(b"\n".join(value for _, value in headers)):
        return ""
    found = next((name for name, value in headers if contains_key(value)), b"")
    return f"the header {found.decode('latin-1')}"


def refusal(place: str) -> JSONResponse:
    """Return the answer to a request that contains a key."""
    detail = (
        f"There is something that looks like a secret key of an AI provider in {place}. Nothing of this request was"
        " stored. To write about a key, shorten it, for example sk-abc…"
    )
    return problem(400, CODE, detail, "That looks like a secret key")


async def handle_leaked_secret(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose body contains a key."""
    return refusal("what you sent")


def without_keys(scope: Scope, receive: Receive) -> Receive:
    """Return a `receive` that raises `LeakedSecret` if the body contains a key."""
    if scope["path"].startswith(UNSCANNED):
        return receive
    tail = unseen = b""

    async def read() -> Message:
        nonlocal tail, unseen
        message = await receive()
        unseen += message.get("body", b"")
        # Small pieces wait for each other, so that no byte is read more than twice; nothing uses a body before its end.
        if len(unseen) >= LONGEST or not message.get("more_body"):
            seen = tail + unseen
            if contains_key(seen):
                raise LeakedSecret
            tail, unseen = seen[-LONGEST:], b""
        return message

    return read
