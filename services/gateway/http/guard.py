"""Who is calling, and may they: the one guard in front of every route, read from the table of capabilities."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from secrets import compare_digest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from services.gateway.accounts.sessions import Grant
from services.gateway.dependencies import House, house_of
from services.gateway.http.fields import ProblemAnswer
from services.gateway.http.openapi_description import ANYBODY, SIGNED_IN
from services.gateway.view.records import User
from shared.problems import Forbidden, Problem, TooManyRequests, Unauthenticated
from shared.security.capabilities import CAPABILITIES, AccessRole, allows

COOKIE = "ottit_session"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VISITOR: frozenset[AccessRole] = frozenset({"visitor"})
# Counted by address whoever asks: else every account that is made brings guesses and accounts of its own.
BY_ADDRESS = frozenset({"create_account", "sign_in"})
# What one household or server gets of IPv6: whoever has one address of it has them all.
IPV6_NETWORK_BITS = 64
# Every guarded route can answer with these; a route adds its own.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemAnswer, "description": description, "content": {"application/problem+json": {}}}
    for status, description in {
        400: "the request cannot be read",
        401: "sign in first",
        403: "not yours to do, or the CSRF header is missing",
        404: "nothing here",
        409: "somebody was faster, or it exists already",
        413: "too large",
        422: "some fields are not right",
        429: "too many requests",
        503: "a part of the house does not answer",
    }.items()
}


@dataclass(frozen=True)
class Caller:
    """Who is calling: nobody in particular, or a person through a session or a token."""

    user: User | None
    roles: frozenset[AccessRole]
    grant: Grant | None
    address: str

    @property
    def id(self) -> str | None:
        """The person's id."""
        return self.user.id if self.user else None

    @property
    def key(self) -> str:
        """What rates and traces are counted by."""
        return self.id or self.address

    @property
    def person(self) -> User:
        """The person.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.user is None:
            raise Unauthenticated("This needs an account.")
        return self.user

    def moderates(self, community: str) -> bool:
        """Whether this person may decide on posts of the community, and so see what waits there."""
        return self.may("review_posts") and any(
            role in ("moderator", "admin") and where in (None, community) for role, where in self._roles()
        )

    def may(self, capability: str) -> bool:
        """Whether the roles, and the scopes of a token, include the action."""
        return allows(capability, self.roles) and not self._lacks_scope(capability)

    def admit(self, capability: str) -> None:
        """Let the caller do the action.

        Raises:
            Unauthenticated, Forbidden: they may not.
        """
        if not allows(capability, self.roles):
            if self.user is None:
                raise Unauthenticated(f"To {CAPABILITIES[capability].title.lower()}, sign in first.")
            if "suspended" in self.roles:
                raise Forbidden("You may not write at the moment: your own page says why and until when.", "suspended")
            raise Forbidden(f"Your roles do not include: {CAPABILITIES[capability].title.lower()}.")
        if self._lacks_scope(capability):
            raise Forbidden(f"This token is not for {capability}.", "scope_missing")

    def _lacks_scope(self, capability: str) -> bool:
        return self.grant is not None and self.grant.kind == "token" and capability not in self.grant.scopes

    def _roles(self) -> list[tuple[str, str | None]]:
        return list(self.user.roles) if self.user else []


def guarded(
    router: APIRouter, method: str, path: str, capability: str, **options: Any
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
    """Register a route behind its capability."""
    row = CAPABILITIES[capability]

    def register(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            summary=options.pop("summary", row.title),
            responses={**PROBLEMS, **options.pop("responses", {})},
            openapi_extra={"x-capability": capability, "security": ANYBODY if "visitor" in row.who else SIGNED_IN},
            route_class_override=options.pop("route_class", Guarded),
            **options,
        )
        return endpoint

    return register


class Guarded(APIRoute):
    """A route that asks its guard first. As a dependency it would be asked when the body has been read and parsed."""

    def get_route_handler(self) -> Handler:
        """The guard, then the route."""
        check, answer = _guard(capability_of(self) or ""), self.answering()

        async def handle(request: Request) -> Response:
            await check(request)
            return await answer(request)

        return handle

    def answering(self) -> Handler:
        """What answers those whom the guard lets in."""
        return super().get_route_handler()


def capability_of(route: APIRoute) -> str | None:
    """The capability that guards a route."""
    return (route.openapi_extra or {}).get("x-capability")


async def caller_of(request: Request) -> Caller:
    """The caller whom the guard has let in. `async`, else FastAPI asks for it in another thread."""
    caller: Caller = request.state.caller
    return caller


CallerIn = Annotated[Caller, Depends(caller_of)]


def _guard(capability: str) -> Callable[[Request], Awaitable[None]]:
    async def check(request: Request) -> None:
        house = house_of(request)
        try:
            caller = await identify(request, house)
        except Problem:
            _count(request, house, capability, _address(request, house))  # forged tokens have a rate too
            raise
        _count(request, house, capability, caller.address if capability in BY_ADDRESS else caller.key)
        caller.admit(capability)
        house.traces.note(caller.key, request.headers.get("traceparent"))
        request.state.caller = caller

    return check


def _count(request: Request, house: House, capability: str, who: str) -> None:
    allowance = house.limiter.take(capability, who)
    request.state.rate = allowance.headers()
    if not allowance.granted:
        raise TooManyRequests(
            f"Try again in {allowance.reset_s} s.",
            headers={"Retry-After": str(max(1, allowance.reset_s))},
        )


async def identify(request: Request, house: House) -> Caller:
    """Who calls now: what was revoked a moment ago counts no more.

    Raises:
        Unauthenticated: `token_invalid`.
        Forbidden: `csrf_mismatch`.
    """
    address = _address(request, house)
    header = request.headers.get("authorization", "")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() == "bearer":
        return await _known(await house.sessions.find(secret.strip()), house, address, "token")
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return Caller(None, VISITOR, None, address)
    grant = await house.sessions.find(cookie)
    if grant is None:
        return Caller(None, VISITOR, None, address)  # an old cookie reads as a visitor
    if request.method not in SAFE_METHODS and not compare_digest(
        request.headers.get("x-csrf-token", "").encode(), grant.csrf.encode()
    ):
        raise Forbidden("The X-CSRF-Token header does not match this session.", "csrf_mismatch")
    return await _known(grant, house, address, "session")


async def _known(grant: Grant | None, house: House, address: str, kind: str) -> Caller:
    user = house.view.user_by_id(grant.user_id) if grant else None
    if grant is None or user is None or user.erased or grant.kind != kind:
        raise Unauthenticated("This token is unknown, revoked or too old.", "token_invalid")
    held: set[AccessRole] = {"member"}
    held.update(role for role, _ in user.roles)
    if user.suspended_until and user.suspended_until > datetime.now(UTC):
        held = {"visitor", "suspended"}  # may read like anybody, and write nothing
    return Caller(user, frozenset(held), grant, address)


def _address(request: Request, house: House) -> str:
    forwarded = request.headers.get("x-forwarded-for") if house.settings.behind_proxy else None
    if forwarded:
        forwarded = forwarded.rsplit(",", 1)[-1].strip()
    return _whole(forwarded or (request.client.host if request.client else "unknown"))


@lru_cache(maxsize=1024)
def _whole(address: str) -> str:
    """An address as rates count it: of IPv6 the network, in which a caller may take any address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or int(parsed) >> (128 - IPV6_NETWORK_BITS))
