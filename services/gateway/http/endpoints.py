"""Declares endpoints: methods of a feature's `Routes`, each behind a capability, collected into a router."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter

from services.gateway.http.guard import Guarded
from services.gateway.http.openapi_description import ANYBODY, SIGNED_IN
from services.gateway.http.schemas import ProblemAnswer
from shared.security.capabilities import CAPABILITIES

MARK = "__endpoint__"
# Every guarded route can answer with these; a route adds its own.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemAnswer, "description": description, "content": {"application/problem+json": {}}}
    for status, description in {
        400: "The request cannot be read.",
        401: "Sign in first.",
        403: "You may not do this, or the CSRF header is missing.",
        404: "Not found.",
        409: "The resource has changed or already exists.",
        413: "The request is too large.",
        422: "Some fields are invalid.",
        429: "Too many requests.",
        503: "A part of the server does not answer, or is overloaded. `Retry-After` says when to try again.",
        507: "The server has no room for new content. `Retry-After` says when to try again.",
    }.items()
}

E = TypeVar("E", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declaration:
    """Method, path and capability of an endpoint; `options` go to FastAPI."""

    method: str
    path: str
    capability: str
    options: dict[str, Any]


def guarded(method: str, path: str, capability: str, **options: Any) -> Callable[[E], E]:
    """Declare a method of a feature's `Routes` as an endpoint behind its capability."""

    def declare(endpoint: E) -> E:
        setattr(endpoint, MARK, Declaration(method, path, capability, options))
        return endpoint

    return declare


def router_of(routes: object, prefix: str = "", tags: list[str] | None = None, **options: Any) -> APIRouter:
    """Return a router with every declared endpoint of `routes`, in their order."""
    router = APIRouter(prefix=prefix, **options)
    for endpoint, declared in _declared(routes):
        row = CAPABILITIES[declared.capability]
        given: dict[str, Any] = {
            "route_class": Guarded,
            "summary": row.title,
            "tags": tags,
            "responses": {},
        } | declared.options
        router.add_api_route(
            declared.path,
            endpoint,
            methods=[declared.method],
            responses=PROBLEMS | given.pop("responses"),
            openapi_extra={
                "x-capability": declared.capability,
                "security": ANYBODY if "visitor" in row.who else SIGNED_IN,
            },
            route_class_override=given.pop("route_class"),
            **given,
        )
    return router


def _declared(routes: object) -> Iterator[tuple[Callable[..., Any], Declaration]]:
    for name, member in vars(type(routes)).items():
        if declared := getattr(member, MARK, None):
            yield getattr(routes, name), declared
