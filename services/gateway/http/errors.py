"""Turns every error into problem details (RFC 9457) with a stable code."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from nats.errors import Error as BrokerError
from nats.js.errors import APIError
from starlette.exceptions import HTTPException

from services.gateway.http.guard import SAFE_METHODS
from services.gateway.http.security_headers import NO_STORE, SECURITY_HEADERS
from shared.log.append import UnknownOutcome, is_out_of_storage
from shared.problems import Problem, StorageFull, TooManyRequests, Unavailable
from shared.security.data_keys import Erased
from shared.security.text_rules import MESSAGES

logger = logging.getLogger(__name__)
CODES = {413: "too_large", 400: "bad_request", 416: "range_not_satisfiable"}
TYPES = "https://ottit.invalid/problems/"
SECURITY_REFUSALS = frozenset({401, 403, 429})


def problem(
    status: int,
    code: str,
    detail: str,
    title: str | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """Return a problem-details response."""
    body = {
        "type": TYPES + code,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }
    return JSONResponse(body, status, media_type="application/problem+json")


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_failure(request, error.code, error.detail)
    elif error.status in SECURITY_REFUSALS and error.code != TooManyRequests.code:
        _log_refusal(request, error.code)
    response = problem(error.status, error.code, error.detail, error.title)
    response.headers.update(error.headers)
    return response


async def _on_fields(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    listing = [
        {"field": ".".join(str(part) for part in row["loc"][1:]), "message": row["msg"]} for row in error.errors()
    ]
    if any(row["type"] == "json_invalid" for row in error.errors()):
        return problem(400, "not_json", "The body is not valid JSON.", errors=listing)
    code = next((row["type"] for row in error.errors() if row["type"] in MESSAGES), "invalid")
    _log_refusal(request, code)
    return problem(422, code, "Some fields are invalid.", "Some fields are invalid", listing)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    if methods := allowed_methods(request) if status in (404, 405) else set():
        status, headers = 405, {"Allow": ", ".join(sorted(methods))}
    response = problem(status, CODES.get(status, HTTPStatus(status).name.lower()), HTTPStatus(status).description)
    response.headers.update(headers)
    return response


def allowed_methods(request: Request) -> set[str]:
    """Return the API's methods at this address, which the client's catch-all route would hide.

    An address without parameters hides those with parameters that it also matches (OpenAPI 3.1, Paths Object).
    """
    routes: list[APIRoute] = request.app.state.api_routes
    path = request.scope["path"]
    matching = [route for route in routes if route.path_regex.match(path)]
    concrete = [route for route in matching if route.path == path]
    known = {method for route in concrete or matching for method in route.methods or ()}
    return known | {"HEAD"} if "GET" in known else known


async def _on_broker(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, APIError):  # the broker refused, so nothing is stored
        if is_out_of_storage(error):
            detail = "The server has no room left, so nothing was stored. The operator must free some."
            return await _on_problem(request, StorageFull(detail))
        logger.warning("the broker refused a request", extra={"error": error.description, "error_code": error.err_code})
        detail = "The log refused the request, so nothing was stored. Try again."
        return await _on_problem(request, Unavailable(detail, "broker_unavailable"))
    if request.method not in SAFE_METHODS:
        return await _on_unknown_outcome(request, error)
    detail = "The log does not answer at the moment. Nothing is lost. Try again."
    return await _on_problem(request, Unavailable(detail, "broker_unavailable"))


async def _on_unknown_outcome(request: Request, error: Exception) -> JSONResponse:
    detail = "The log did not confirm in time. Your request may be stored. Send it again to find out."
    return await _on_problem(request, Unavailable(detail, "outcome_unknown"))


async def _on_erased(request: Request, error: Exception) -> JSONResponse:
    return problem(404, "not_found", "The author of this content has been erased.")


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    response = problem(500, "internal", "An error occurred on the server. It has been logged.")
    # This answer bypasses the middleware.
    response.headers.update({**SECURITY_HEADERS, "Cache-Control": NO_STORE})
    return response


def _log_failure(request: Request, code: str, why: str) -> None:
    path = _route_of(request)
    logger.error("a request failed", extra={"code": code, "why": why, "method": request.method, "path": path})


def _log_refusal(request: Request, code: str) -> None:
    """Log a refusal that may be an attack. Their number is limited by the rates, whose end is logged once a minute."""
    caller = getattr(request.state, "caller", None)
    user_id = (caller and caller.id) or ""
    path = _route_of(request)
    logger.info(
        "a request was refused", extra={"code": code, "method": request.method, "path": path, "user_id": user_id}
    )


def _route_of(request: Request) -> str:
    """Return the route, not the address, which may contain a handle."""
    return getattr(request.scope.get("route"), "path", "unmatched")


def install(app: FastAPI) -> None:
    """Install a handler for every kind of exception."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_fields)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(UnknownOutcome, _on_unknown_outcome)
    app.add_exception_handler(Erased, _on_erased)
    for kind in (BrokerError, TimeoutError, ConnectionError):
        app.add_exception_handler(kind, _on_broker)
    app.add_exception_handler(500, _on_bug)  # the server still logs it
