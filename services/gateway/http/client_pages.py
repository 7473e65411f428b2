"""Serves the built web client."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, stat_result
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.file_responses import File
from services.gateway.http.security_headers import CONTENT_SECURITY_POLICY, PROVIDERS_COOKIE, allowed_origins, widened
from shared.problems import NotFound

# Vite puts a hash of the content into these names, so the files never change.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
REVALIDATED = {"Cache-Control": "no-cache"}
# The page's security policy names the user's AI providers, so a shared cache must not store it.
OWN_PAGE = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
# Names of files at the top of the build: no hidden files, and no names that a file system could refuse.
INDEX = "index.html"
PLAIN_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


class Assets(StaticFiles):
    """Hashed files: the file and the answer 304 both say that it may be cached for good."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 if the caller has it."""
        response = File(full_path, headers=IMMUTABLE, stat_result=stat_result)
        has_it = self.is_not_modified(response.headers, Headers(scope=scope))
        return NotModifiedResponse(response.headers) if has_it else response


@dataclass(frozen=True)
class Routes:
    """The client's files. `policy_keys`: the trusted keys as JSON, which the page hands to its scripts."""

    folder: Path
    policy_keys: str

    @guarded("GET", "/{path:path}", "open_client")
    async def page(self, path: str, request: Request) -> Response:
        """Serve a file at the top of the client's folder, or the page for any other address."""
        if path.startswith(("v1/", "assets/")) or path == "v1":
            raise HTTPException(404)
        if path != INDEX and PLAIN_NAME.fullmatch(path) and (self.folder / path).is_file():
            return File(self.folder / path, headers=REVALIDATED)
        if not (self.folder / INDEX).is_file():
            raise NotFound("The web client has not been built. Run `make client`.", "client_missing")
        policy = widened(CONTENT_SECURITY_POLICY, allowed_origins(request.cookies.get(PROVIDERS_COOKIE)))
        text = page_with_keys((self.folder / INDEX).read_text(encoding="utf-8"), self.policy_keys)
        return HTMLResponse(text, headers={**OWN_PAGE, "Content-Security-Policy": policy})


def router(folder: Path, *, policy_keys: str) -> APIRouter:
    """Return the catch-all routes of the client."""
    return router_of(Routes(folder, policy_keys), include_in_schema=False)


def page_with_keys(page: str, keys: str) -> str:
    """Return the page with the trusted policy keys in a meta element: no cache can serve the page without them."""
    safe: Mapping[str, str] = {"&": "&amp;", '"': "&quot;", "<": "&lt;"}
    content = "".join(safe.get(char, char) for char in keys)
    return page.replace("</head>", f'<meta name="ottit-policy-keys" content="{content}" /></head>', 1)
