"""Keys of AI providers have no business here: a request that carries one is refused before anything of it is kept."""

import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from services.gateway.http.errors import problem

CODE = "looks_like_a_key"
# What providers begin their keys with (OpenAI and those that follow it, Groq, Hugging Face, xAI, Perplexity, Nvidia,
# Cerebras, Fireworks, Replicate, GitHub). Names of things begin so too; what follows tells them apart.
_BEGINS = re.compile(
    rb"(?<![A-Za-z0-9_-])(?:sk-|gsk_|hf_|xai-|pplx-|nvapi-|csk-|fw_|r8_|ghp_|github_pat_)([A-Za-z0-9_-]{16,400})"
)
# Google's have a fixed length.
_GOOGLE = re.compile(rb"(?<![A-Za-z0-9_-])AIza[0-9A-Za-z_-]{35}(?![A-Za-z0-9_-])")
# Slugs are short words between dashes; a key has at least one long run without any.
_RUN = re.compile(rb"[A-Za-z0-9]{16,}")
_MIXED_RUN = 30  # the random part of a Hugging Face token, which may be without digits
_LONGEST = 512  # prefix and key with room to spare: what one piece of a body hands on to the next
# Rows of an import are other people's published words, not requests of a page that knows a key.
UNREAD = ("/v1/import",)


class LeakedSecret(HTTPException):
    """Not a `Problem`: FastAPI lets only its own kind pass while it reads a body."""

    def __init__(self) -> None:
        super().__init__(400)


def holds_key(data: bytes) -> bool:
    """Whether something in the bytes has the shape of a provider's key, whole: a shortened one has not."""
    if _GOOGLE.search(data):
        return True
    return any(_random(run) for rest in _BEGINS.findall(data) for run in _RUN.findall(rest))


def _random(run: bytes) -> bool:
    digits, uppers = sum(48 <= unit <= 57 for unit in run), sum(65 <= unit <= 90 for unit in run)
    lowers = len(run) - digits - uppers
    return (digits >= 2 and uppers + lowers >= 2) or (len(run) >= _MIXED_RUN and min(uppers, lowers) >= 3)


def key_in_head(scope: Scope) -> str:
    """Where address or headers carry a key, in words; empty if nowhere."""
    if holds_key(unquote_to_bytes(scope.get("raw_path") or b"") + b"?" + unquote_to_bytes(scope["query_string"])):
        return "the address"
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    # All at once first: nearly every request ends here.
    if not holds_key(unquote_to_bytes(b"\n".join(value for _, value in headers))):
        return ""
    found = next((name for name, value in headers if holds_key(unquote_to_bytes(value))), b"")
    return f"the header {found.decode('latin-1')}"


def refusal(place: str) -> JSONResponse:
    """The answer to a request that carries a key."""
    detail = (
        f"There is something shaped like a secret key of an AI provider in {place}. Keys never belong here, so nothing"
        " of this was kept. To write about a key, shorten it, for example sk-abc…"
    )
    return problem(400, CODE, detail, "That looks like a secret key")


async def handle_leaked_secret(request: Request, error: Exception) -> JSONResponse:
    """The answer to a body that carries a key."""
    return refusal("what you sent")


def without_keys(scope: Scope, receive: Receive) -> Receive:
    """A body as it comes in; reading it ends in `LeakedSecret` where it carries one."""
    if scope["path"].startswith(UNREAD):
        return receive
    tail = b""

    async def read() -> Message:
        nonlocal tail
        message = await receive()
        seen = tail + message.get("body", b"")
        if holds_key(seen):
            raise LeakedSecret
        tail = seen[-_LONGEST:]
        return message

    return read
