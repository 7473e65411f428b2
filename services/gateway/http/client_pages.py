"""The built web client."""

import re
from os import PathLike, stat_result
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from services.gateway.dependencies import InHouse
from services.gateway.http.allowed_origins import COOKIE, allowed_origins, widened
from services.gateway.http.file_responses import File
from services.gateway.http.guard import guarded
from services.gateway.http.security_headers import CONTENT_SECURITY_POLICY
from services.gateway.policy.public_view import page_with_keys
from shared.problems import NotFound

# Vite puts a hash of the content into these names: they never change.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
REVALIDATED = {"Cache-Control": "no-cache"}
# Its policy names the providers of the person who asked: no cache in between may hand it to somebody else.
OWN_PAGE = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
# What the build writes at the top: nothing hidden, nothing that the file system could refuse as a name.
INDEX = "index.html"
PLAIN_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


class Assets(StaticFiles):
    """Hashed files, which may be kept for ever: so says the file, and so that it has not changed."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, unless the caller has it."""
        response = File(full_path, headers=IMMUTABLE, stat_result=stat_result)
        has_it = self.is_not_modified(response.headers, Headers(scope=scope))
        return NotModifiedResponse(response.headers) if has_it else response


def client_router(folder: Path) -> APIRouter:
    """Routes that serve the client: files by name, its one page for every other address."""
    router = APIRouter(include_in_schema=False)

    @guarded(router, "GET", "/{path:path}", "open_client")
    async def page(path: str, request: Request, house: InHouse) -> Response:
        """A file at the top of the client, or the page."""
        if path.startswith(("v1/", "assets/")) or path == "v1":
            raise HTTPException(404)
        if path != INDEX and PLAIN_NAME.fullmatch(path) and (folder / path).is_file():
            return File(folder / path, headers=REVALIDATED)
        if not (folder / INDEX).is_file():
            raise NotFound("The web client has not been built: run `make client`.", "client_missing")
        policy = widened(CONTENT_SECURITY_POLICY, allowed_origins(request.cookies.get(COOKIE)))
        text = page_with_keys((folder / INDEX).read_text(encoding="utf-8"), house.policies.keys)
        return HTMLResponse(text, headers={**OWN_PAGE, "Content-Security-Policy": policy})

    return router
