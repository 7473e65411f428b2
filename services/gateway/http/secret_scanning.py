"""Refuses requests that contain an API key of an AI provider, before any part of them is stored or logged."""

import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from services.gateway.http.errors import problem

CODE = "looks_like_a_key"
# Key prefixes of providers (OpenAI and compatible ones, Groq, Hugging Face, xAI, Perplexity, Nvidia, Cerebras,
# Fireworks, Replicate, GitHub). Ordinary names start like these, too; the rest of a key tells them apart.
_PREFIXED = re.compile(
    rb"(?<![A-Za-z0-9_-])(?:sk-|gsk_|hf_|xai-|pplx-|nvapi-|csk-|fw_|r8_|ghp_|github_pat_)([A-Za-z0-9_-]{16,400})"
)
# Google's keys have a fixed length.
_GOOGLE = re.compile(rb"(?<![A-Za-z0-9_-])AIza[0-9A-Za-z_-]{35}(?![A-Za-z0-9_-])")
# Slugs are short words between dashes; a key has at least one long run without a dash.
_RUN = re.compile(rb"[A-Za-z0-9]{16,}")
_MIXED_RUN = 30  # the random part of a Hugging Face token, which may have no digits
_LONGEST = 512  # prefix and key with room to spare: the overlap between two chunks of a body
# Rows of an import are already public texts, and no page with a key sends them.
UNSCANNED = ("/v1/import",)


class LeakedSecret(HTTPException):
    """The body contains a key. Not a `Problem`, because FastAPI passes on only HTTPException while it reads a body."""

    def __init__(self) -> None:
        super().__init__(400)


def contains_key(data: bytes) -> bool:
    """Return whether the bytes contain a complete provider key; a shortened one does not count."""
    if _GOOGLE.search(data):
        return True
    return any(_is_random(run) for rest in _PREFIXED.findall(data) for run in _RUN.findall(rest))


def _is_random(run: bytes) -> bool:
    digits, uppers = sum(48 <= unit <= 57 for unit in run), sum(65 <= unit <= 90 for unit in run)
    lowers = len(run) - digits - uppers
    return (digits >= 2 and uppers + lowers >= 2) or (len(run) >= _MIXED_RUN and min(uppers, lowers) >= 3)


def key_in_head(scope: Scope) -> str:
    """Return where the address or the headers contain a key, in words; empty if nowhere."""
    if contains_key(unquote_to_bytes(scope.get("raw_path") or b"") + b"?" + unquote_to_bytes(scope["query_string"])):
        return "the address"
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    # All headers at once: nearly every request ends here.
    if not contains_key(unquote_to_bytes(b"\n".join(value for _, value in headers))):
        return ""
    found = next((name for name, value in headers if contains_key(unquote_to_bytes(value))), b"")
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
    tail = b""

    async def read() -> Message:
        nonlocal tail
        message = await receive()
        seen = tail + message.get("body", b"")
        if contains_key(seen):
            raise LeakedSecret
        tail = seen[-_LONGEST:]
        return message

    return read
