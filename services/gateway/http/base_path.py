"""Serves the site below a path of its host, such as `https://example.org/forum/`."""

import re

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.http.errors import problem
from services.gateway.http.host_check import PROBES

_BASE_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


def checked_base_path(path: str) -> str:
    """Return the path without a slash at the end; empty for the root.

    Raises:
        ValueError: it is no path of plain segments.
    """
    path = path.strip().rstrip("/")
    if not _BASE_PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path like /forum: a slash, then letters, digits, '.', '_', '~' or '-'")
    return path


# Where a request keeps the answer that it gets in place of that of the app.
PREPARED = "ottit.prepared_answer"


class PreparedAnswers:
    """ASGI middleware in front of the app: gives the answers that `BasePath` has prepared, with all headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await scope.get(PREPARED, self._app)(scope, receive, send)


class BasePath:
    """ASGI middleware that removes the base path, so that nothing further in knows of it."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app = app
        self._base = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Probes are answered at the root as well, because their senders do not know the path."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not self._base or path in PROBES:
            await self._app(scope, receive, send)
        elif path.startswith(f"{self._base}/"):
            raw: bytes = scope.get("raw_path") or path.encode()
            inner = {"path": path[len(self._base) :], "raw_path": raw[len(self._base) :]}
            await self._app({**scope, **inner}, receive, send)
        elif path in ("", "/", self._base):
            await self._app({**scope, PREPARED: RedirectResponse(f"{self._base}/", 308)}, receive, send)
        else:
            detail = f"This site is at {self._base}/ (OTTIT_BASE_PATH)."
            await self._app({**scope, PREPARED: problem(404, "outside_base_path", detail)}, receive, send)
