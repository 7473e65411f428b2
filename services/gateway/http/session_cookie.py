"""Cookies of this site: over HTTPS with the prefix `__Host-`, which binds them to this host and to HTTPS."""

from datetime import datetime

from fastapi import Request, Response

SESSION, DEVICE, CHALLENGE = "ottit_session", "ottit_device", "ottit_challenge"
OIDC, NEW_IDENTITY = "ottit_oidc", "ottit_identity"


def cookie_name(request: Request, name: str = SESSION) -> str:
    """Return the name under which the browser keeps a cookie; the middleware has found out if it uses HTTPS."""
    return f"__Host-{name}" if _is_https(request) else name


def read_cookie(request: Request, name: str = SESSION) -> str:
    """Return a cookie of the request; empty if it is missing."""
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(request: Request, response: Response, value: str, expires: datetime, *, name: str = SESSION) -> None:
    """Set a cookie that no script and no other site can read."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        expires=expires,
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
        path="/",
    )


def delete_cookie(request: Request, response: Response, name: str = SESSION) -> None:
    """Delete a cookie from the browser."""
    secure = _is_https(request)
    response.delete_cookie(cookie_name(request, name), path="/", secure=secure, httponly=True, samesite="lax")


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"
