"""Routes of the built web client: its page at every address, and the files beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.file_responses import File
from services.gateway.http.guard import CallerIn
from services.gateway.http.security_headers import CONTENT_SECURITY_POLICY, PROVIDERS_COOKIE, allowed_origins, widened
from services.gateway.http.session_cookie import read_cookie
from services.gateway.pages.addresses import PageAddresses
from shared.problems import NotFound

REVALIDATED = {"Cache-Control": "no-cache"}
# The page's security policy names the user's AI providers, so a shared cache must not store it.
OWN_PAGE = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
# Names of files at the top of the build: no hidden files, and no names that a file system could refuse.
INDEX = "index.html"
PLAIN_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class Page:
    """The page as this installation serves it. `policy_keys`: the trusted keys as JSON, handed to its scripts."""

    folder: Path
    policy_keys: str
    base_path: str

    def text(self) -> str:
        """Return the page.

        Raises:
            NotFound: the client has not been built.
        """
        if not (self.folder / INDEX).is_file():
            raise NotFound("The web client has not been built. Run `make client`.", "client_missing")
        built = (self.folder / INDEX).read_text(encoding="utf-8")
        # The build's addresses are relative to the page, which has many addresses.
        return page_with_keys(built.replace('="./', f'="{self.base_path}/'), self.policy_keys)


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    page: Page
    addresses: PageAddresses

    @guarded("GET", "/{path:path}", "open_client")
    async def open_client(self, path: str, request: Request, caller: CallerIn) -> Response:
        """Serve a file at the top of the client's folder, or the page. Where nothing is shown, the status is 404."""
        if path.startswith(("v1/", "assets/")) or path == "v1":
            raise HTTPException(404)
        if path != INDEX and PLAIN_NAME.fullmatch(path) and (self.page.folder / path).is_file():
            return File(self.page.folder / path, headers=REVALIDATED)
        # Behind a proxy that does not say so, only the page knows that it has HTTPS, and has set the prefix.
        chosen = read_cookie(request, PROVIDERS_COOKIE) or request.cookies.get(f"__Host-{PROVIDERS_COOKIE}")
        policy = widened(CONTENT_SECURITY_POLICY, allowed_origins(chosen))
        status = 200 if self.addresses.exists(path, caller) else 404
        return HTMLResponse(self.page.text(), status, headers={**OWN_PAGE, "Content-Security-Policy": policy})


def router(page: Page, *, addresses: PageAddresses) -> APIRouter:
    """Return the catch-all routes of the client."""
    return router_of(Routes(page, addresses), include_in_schema=False)


def page_with_keys(page: str, keys: str) -> str:
    """Return the page with the trusted policy keys in a meta element: no cache can serve the page without them."""
    safe: Mapping[str, str] = {"&": "&amp;", '"': "&quot;", "<": "&lt;"}
    content = "".join(safe.get(char, char) for char in keys)
    return page.replace("</head>", f'<meta name="ottit-policy-keys" content="{content}" /></head>', 1)
