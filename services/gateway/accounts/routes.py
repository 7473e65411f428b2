"""Accounts, sessions, tokens, and what a person may do."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.accounts.schemas import (
    Account,
    Capabilities,
    CapabilityRow,
    Credentials,
    Me,
    NewAccount,
    NewToken,
    Session,
    Suspension,
    Token,
)
from services.gateway.dependencies import House, InHouse
from services.gateway.feed.schemas import OwnPosts, Profile
from services.gateway.http.guard import COOKIE, CallerIn, guarded
from services.gateway.http.paging import Limit
from services.gateway.view.change_set import FOREVER
from services.gateway.view.records import User
from shared.problems import Forbidden, Invalid, NotFound
from shared.security.capabilities import CAPABILITIES, TABLE, allows

router = APIRouter(prefix="/v1", tags=["people"])
# How long a write waits for this replica's view, so that what follows finds it.
SEE_OWN_WRITE_S = 2.0


@guarded(router, "POST", "/accounts", "create_account", status_code=201)
async def create_account(account: NewAccount, house: InHouse) -> Account:
    """Sign up with a handle and a password. A taken handle is 409 `handle_taken`."""
    registered = await house.accounts.create(account.handle, account.password)
    await house.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
    return Account(id=registered.user_id, handle=account.handle, roles=["member"])


@guarded(router, "POST", "/sessions", "sign_in", status_code=201)
async def sign_in(credentials: Credentials, response: Response, house: InHouse) -> Session:
    """Sign in: sets the session cookie and returns the CSRF token that every change must carry."""
    user_id = await house.accounts.check(credentials.handle, credentials.password)
    user = await _present(house, user_id, credentials.handle)
    secret, grant = await house.sessions.begin(user_id, house.settings.session_days)
    response.set_cookie(
        COOKIE,
        secret,
        expires=grant.expires_at,
        httponly=True,
        samesite="lax",
        secure=house.settings.secure_cookies,
        path="/",
    )
    return Session(user=account_of(user), csrf_token=grant.csrf, expires_at=grant.expires_at)


@guarded(router, "DELETE", "/sessions/current", "sign_out", status_code=204)
async def sign_out(request: Request, response: Response, house: InHouse, caller: CallerIn) -> None:
    """End this session on every replica at once."""
    if secret := request.cookies.get(COOKIE):
        await house.sessions.end(secret)
    response.delete_cookie(COOKIE, path="/")


@guarded(router, "POST", "/tokens", "create_token", status_code=201)
async def create_token(wanted: NewToken, house: InHouse, caller: CallerIn) -> Token:
    """Make a bearer token limited to some capabilities. It is shown once."""
    for scope in wanted.scopes:
        if scope not in CAPABILITIES:
            raise Invalid(f"There is no capability called {scope}.", "scope_unknown")
        if not allows(scope, caller.roles) or (caller.grant and caller.grant.kind == "token"):
            raise Forbidden(f"You may not hand on {scope}.", "scope_not_yours")
    secret, grant = await house.sessions.mint(
        caller.person.id, wanted.name, tuple(wanted.scopes), wanted.expires_in_days
    )
    return Token(id=grant.id, token=secret, name=grant.name, scopes=list(grant.scopes), expires_at=grant.expires_at)


@guarded(router, "GET", "/me", "see_me")
async def see_me(caller: CallerIn) -> Me:
    """Who I am here, and the CSRF token of this session."""
    standing: Literal["good", "suspended"] = "good" if "visitor" not in caller.roles else "suspended"
    suspension = _suspension(caller.person) if standing == "suspended" else None
    csrf = caller.grant.csrf if caller.grant and caller.grant.kind == "session" else None
    return Me(user=account_of(caller.person), standing=standing, suspension=suspension, csrf_token=csrf)


@guarded(router, "GET", "/me/posts", "see_own_posts")
async def see_own_posts(
    house: InHouse, caller: CallerIn, cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None, limit: Limit = 25
) -> OwnPosts:
    """One's own posts and comments in every state, with the decision and its reasons; the newest change first."""
    items = house.view.own_posts(caller.person.id, cursor, limit)
    return OwnPosts(items=items, next=str(items[-1].sequence) if len(items) == limit else None)


@guarded(router, "GET", "/users/{handle}", "see_profile")
async def see_profile(handle: Annotated[str, Path(max_length=100)], house: InHouse, caller: CallerIn) -> Profile:
    """What everybody may see of a person."""
    profile = house.view.profile(handle, caller.id)
    if profile is None:
        raise NotFound(f"Nobody is called {handle}.")
    return profile


@guarded(router, "GET", "/capabilities", "see_capabilities")
async def see_capabilities(caller: CallerIn) -> Capabilities:
    """Every action of the house: where it runs and why, and whether this caller may do it."""
    return Capabilities(
        roles=sorted(caller.roles),
        items=[
            CapabilityRow(
                name=row.name,
                title=row.title,
                kind=row.kind,
                runs=row.runs,
                reason=row.reason,
                allowed=caller.may(row.name),
                per_minute=row.per_minute,
            )
            for row in TABLE
        ],
    )


def account_of(user: User) -> Account:
    """A person as they see themselves."""
    roles = ["member", *(f"{role}:{where}" if where else role for role, where in user.roles)]
    return Account(id=user.id, handle=user.handle, roles=list(dict.fromkeys(roles)))


def _suspension(user: User) -> Suspension:
    until = user.suspended_until
    return Suspension(reason=user.suspended_for, until=None if until is None or until == FOREVER else until)


async def _present(house: House, user_id: str, handle: str) -> User:
    """The person in this replica's view; a sign-up that was cut off after the handle is finished here."""
    user = house.view.user_by_id(user_id)
    if user is None:
        registered = await house.accounts.register(user_id, handle)
        await house.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
        user = house.view.user_by_id(user_id)
    if user is None or user.erased:
        raise NotFound("This account is not there (yet): try again in a moment.")
    return user
