"""Authentication, capability and rate check in front of every route, derived from the table of capabilities."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from secrets import compare_digest
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from services.gateway.http.admission import Admission, kind_of
from services.gateway.http.caller import Caller, Grant, User
from services.gateway.http.deadline import answered_in_time
from services.gateway.http.rate_limiter import Limiter, growth
from services.gateway.http.session_cookie import read_cookie
from shared.problems import Forbidden, Problem, TooManyRequests, Unauthenticated
from shared.security.capabilities import CAPABILITIES, AccessRole

logger = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VISITOR: frozenset[AccessRole] = frozenset({"visitor"})
# Counted by address even for signed-in callers; otherwise each new account would bring its own allowance of guesses.
BY_ADDRESS = frozenset({"create_account", "sign_in", "reset_password"})
UNCOUNTED_BYTES = frozenset({"import_posts"})
# They store nothing that a restored backup would lack, so they also work while the log is damaged.
WITHOUT_LOG = frozenset(
    {"sign_in", "sign_out", "revoke_token", "check_draft", "send_previews", "send_traces", "verify_receipt"}
)
# Sent before the page knows its CSRF token. They change nothing that anybody else sees as this user's act.
WITHOUT_CSRF = frozenset({"send_traces"})


class Sessions(Protocol):
    """Finds grants; `accounts.sessions.Sessions` implements it."""

    async def find(self, secret: str) -> Grant | None:
        """Return the grant of a secret; None if it is unknown, revoked or expired."""
        ...


class Users(Protocol):
    """Finds users; `accounts.queries.AccountQueries` implements it."""

    def user_by_id(self, user_id: str) -> User | None:
        """Return a user, erased ones included."""
        ...


class Traces(Protocol):
    """Remembers who began a trace; `timeline.trace_owners.TraceOwners` implements it."""

    def note(self, who: str, traceparent: str | None) -> None:
        """Note that a request of this caller carried this traceparent."""
        ...


class Guard:
    """Identifies the caller of each request, counts it against its rate and checks its capability."""

    def __init__(
        self,
        sessions: Sessions,
        users: Users,
        traces: Traces,
        *,
        limiter: Limiter,
        require_writable_log: Callable[[], Awaitable[None]],
    ) -> None:
        """`require_writable_log` raises if the log takes no writes."""
        self._require_writable_log = require_writable_log
        self.limiter = limiter
        self.admission = Admission()
        self._sessions = sessions
        self._users = users
        self._traces = traces

    async def check(self, request: Request, capability: str) -> None:
        """Let the request through with `request.state.caller` set.

        Raises:
            Problem: the caller is unknown, lacks the capability or exceeds the rate, or nothing can be written.
        """
        try:
            caller = await self.identify(request, with_csrf=capability not in WITHOUT_CSRF)
        except Problem:
            self._count(request, capability, request.state.address)  # forged tokens count against a rate too
            raise
        request.state.caller = caller
        self._count(request, capability, caller.address if capability in BY_ADDRESS else caller.key)
        caller.admit(capability)
        if CAPABILITIES[capability].proof and request.method not in SAFE_METHODS:
            caller.require_proof(datetime.now(UTC))
        if request.method not in SAFE_METHODS and capability not in WITHOUT_LOG:
            await self._require_writable_log()
        self._traces.note(caller.key, request.headers.get("traceparent"))

    def charge(self, body: bytes, caller: Caller, capability: str) -> None:
        """Count the bytes of a body, and what its normal form adds. Imports come from those who are trusted with them.

        Raises:
            TooManyRequests: the caller has sent too much in this minute.
        """
        if capability in UNCOUNTED_BYTES:
            return
        allowance = self.limiter.take_bytes(len(body), caller.id, caller.address)
        if allowance.granted and (grown := growth(body)):
            allowance = self.limiter.take_bytes(grown, caller.id, caller.address)
        if not allowance.granted:
            raise TooManyRequests(
                f"You have sent much text in a short time. Try again in {allowance.reset_s} s.",
                "too_many_bytes",
                {"Retry-After": str(max(1, allowance.reset_s))},
            )

    async def identify(self, request: Request, *, with_csrf: bool = True) -> Caller:
        """Return the caller as of now: a grant that was just revoked no longer counts.

        Raises:
            Unauthenticated: `token_invalid`.
            Forbidden: `csrf_mismatch`.
        """
        address: str = request.state.address
        header = request.headers.get("authorization", "")
        scheme, _, secret = header.partition(" ")
        if scheme.lower() == "bearer":
            return self._known(await self._sessions.find(secret.strip()), address, "token")
        cookie = read_cookie(request)
        if not cookie:
            return Caller(None, VISITOR, None, address)
        grant = await self._sessions.find(cookie)
        if grant is None:
            return Caller(None, VISITOR, None, address)  # the holder of an expired cookie reads as a visitor
        must_prove = with_csrf and request.method not in SAFE_METHODS
        if must_prove and not compare_digest(request.headers.get("x-csrf-token", "").encode(), grant.csrf.encode()):
            raise Forbidden("The X-CSRF-Token header does not match this session.", "csrf_mismatch")
        return self._known(grant, address, "session")

    def _known(self, grant: Grant | None, address: str, kind: str) -> Caller:
        user = self._users.user_by_id(grant.user_id) if grant else None
        if grant is None or user is None or user.erased or grant.kind != kind:
            raise Unauthenticated("This token is unknown, revoked or expired.", "token_invalid")
        held: set[AccessRole] = {"member"}
        held.update(role for role, _ in user.roles)
        if user.suspended_until and user.suspended_until > datetime.now(UTC):
            held = {"visitor", "suspended"}  # reads like a visitor and writes nothing
        if user.approval != "approved":
            held = {"visitor", "waiting"}  # likewise; whatever roles were granted meanwhile
        return Caller(user, frozenset(held), grant, address)

    def _count(self, request: Request, capability: str, who: str) -> None:
        allowance = self.limiter.take(capability, who)
        request.state.rate = allowance.headers()
        if not allowance.granted:
            if allowance.is_first_refusal:
                caller: Caller | None = getattr(request.state, "caller", None)
                user_id = (caller and caller.id) or ""
                logger.info("a rate was exceeded", extra={"path": capability, "user_id": user_id})
            raise TooManyRequests(
                f"Try again in {allowance.reset_s} s.",
                headers={"Retry-After": str(max(1, allowance.reset_s))},
            )


class Guarded(APIRoute):
    """A route that checks its guard first; a dependency would run only after the body has been read and parsed."""

    def get_route_handler(self) -> Handler:
        """Return a handler that runs the guard, then the endpoint."""
        capability, answer = capability_of(self) or "", self.answering()
        kind = kind_of(capability, safe=SAFE_METHODS.issuperset(self.methods or ()))
        has_body = self.body_field is not None

        async def handle(request: Request) -> Response:
            async with answered_in_time(request, kind) as deadline:
                guard = guard_of(request)
                await guard.check(request, capability)
                if has_body:
                    # Before a slot is taken: slow clients would hold the slots of the others.
                    deadline.pause()
                    guard.charge(await read_body(request), request.state.caller, capability)
                    deadline.start()
                with guard.admission.admitted(kind, request.state.caller.key):
                    return await answer(request)

        return handle

    def answering(self) -> Handler:
        """Return the handler that answers admitted callers."""
        return super().get_route_handler()


async def read_body(request: Request) -> bytes:
    """Read and return the whole body, which the request keeps for the endpoint.

    Raises:
        HTTPException: 400, the client has left; nobody will see it.
    """
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise HTTPException(400) from error


def capability_of(route: APIRoute) -> str | None:
    """Return the capability that guards a route."""
    return (route.openapi_extra or {}).get("x-capability")


def guard_of(request: Request) -> Guard:
    """Return the guard of the app."""
    guard: Guard = request.app.state.guard
    return guard


async def identify(request: Request) -> Caller:
    """Return the caller of a request as of now; raises like `Guard.identify`."""
    return await guard_of(request).identify(request)


async def caller_of(request: Request) -> Caller:
    """Return the admitted caller. `async`, because FastAPI runs other dependencies in a thread."""
    caller: Caller = request.state.caller
    return caller


CallerIn = Annotated[Caller, Depends(caller_of)]
