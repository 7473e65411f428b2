"""Routes of accounts, sessions, tokens and profiles."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.handles import is_reserved
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import (
    Account,
    Capabilities,
    CapabilityRow,
    Credentials,
    NewAccount,
    NewToken,
    Profile,
    Session,
    Token,
    account_of,
)
from services.gateway.accounts.sessions import Sessions
from services.gateway.http.caller import User
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import COOKIE, CallerIn
from services.gateway.posts.queries import PostQueries
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Conflict, Forbidden, Invalid, NotFound
from shared.security.capabilities import CAPABILITIES, TABLE, allows

RECENT = 20  # posts on a profile: about one screen


@dataclass(frozen=True)
class SessionCookie:
    """`days`: how long a session lasts. `secure`: send the cookie over HTTPS only."""

    days: int
    secure: bool


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    queries: AccountQueries
    sessions: Sessions
    cookie: SessionCookie
    posts: PostQueries
    view: View

    @guarded("POST", "/accounts", "create_account", status_code=201)
    async def create_account(self, account: NewAccount) -> Account:
        """Sign up with a handle and a password.

        409 `handle_taken`, or `handle_looks_alike` if it is easily mistaken for another. 422 `handle_reserved`, or
        `password_common`, `password_has_handle` or `password_has_site_name` for a password that is easy to guess.
        """
        if is_reserved(account.handle):
            raise Invalid(f"The handle {account.handle} could be taken for the site itself.", "handle_reserved")
        if self.queries.looks_like_another(account.handle):
            raise Conflict(f"The handle {account.handle} looks like that of another user.", "handle_looks_alike")
        registered = await self.commands.create(account.handle, account.password)
        await self.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
        return Account(id=registered.user_id, handle=account.handle, roles=["member"])

    @guarded("POST", "/sessions", "sign_in", status_code=201)
    async def sign_in(self, credentials: Credentials, response: Response) -> Session:
        """Sign in. Sets the session cookie and returns the CSRF token, which every later write must carry."""
        user_id = await self.commands.check(credentials.handle, credentials.password)
        user = await self._present(user_id, credentials.handle)
        secret, grant = await self.sessions.begin(user_id, self.cookie.days)
        response.set_cookie(
            COOKIE,
            secret,
            expires=grant.expires_at,
            httponly=True,
            samesite="lax",
            secure=self.cookie.secure,
            path="/",
        )
        return Session(user=account_of(user), csrf_token=grant.csrf, expires_at=grant.expires_at)

    @guarded("DELETE", "/sessions/current", "sign_out", status_code=204)
    async def sign_out(self, request: Request, response: Response, caller: CallerIn) -> None:
        """End this session on all replicas at once."""
        if secret := request.cookies.get(COOKIE):
            await self.sessions.end(secret)
        response.delete_cookie(COOKIE, path="/")

    @guarded("POST", "/tokens", "create_token", status_code=201)
    async def create_token(self, wanted: NewToken, caller: CallerIn) -> Token:
        """Create a bearer token limited to some capabilities. It is shown only once."""
        for scope in wanted.scopes:
            if scope not in CAPABILITIES:
                raise Invalid(f"There is no capability called {scope}.", "scope_unknown")
            if not allows(scope, caller.roles) or (caller.grant and caller.grant.kind == "token"):
                raise Forbidden(f"You may not grant {scope} to a token.", "scope_not_yours")
        secret, grant = await self.sessions.mint(
            caller.require_user().id, wanted.name, tuple(wanted.scopes), wanted.expires_in_days
        )
        return Token(id=grant.id, token=secret, name=grant.name, scopes=list(grant.scopes), expires_at=grant.expires_at)

    @guarded("GET", "/users/{handle}", "see_profile")
    async def see_profile(self, handle: Annotated[str, Path(max_length=100)], caller: CallerIn) -> Profile:
        """Read a user's public profile."""
        user = self.queries.user_by_handle(handle)
        if user is None:
            raise NotFound(f"There is no user called {handle}.")
        counted = self.posts.published_counts(user.id)
        return Profile.model_construct(
            id=user.id,
            handle=handle,
            joined_at=user.registered_at,
            posts=counted.posts,
            comments=counted.comments,
            recent=self.posts.published_by(user.id, caller.id, RECENT),
        )

    @guarded("GET", "/capabilities", "see_capabilities")
    async def see_capabilities(self, caller: CallerIn) -> Capabilities:
        """List every action of this site: where it runs and why, and whether the caller may use it."""
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

    async def _present(self, user_id: str, handle: str) -> User:
        """Return the user from this replica's view, after finishing a sign-up that stopped after taking the handle."""
        user = self.queries.user_by_id(user_id)
        if user is None:
            registered = await self.commands.register(user_id, handle)
            await self.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
            user = self.queries.user_by_id(user_id)
        if user is None or user.erased:
            raise NotFound("This account is not available yet. Try again in a moment.")
        return user


def router(
    *,
    commands: AccountCommands,
    queries: AccountQueries,
    sessions: Sessions,
    cookie: SessionCookie,
    posts: PostQueries,
    view: View,
) -> APIRouter:
    """Return the routes of accounts."""
    return router_of(Routes(commands, queries, sessions, cookie, posts, view), prefix="/v1", tags=["people"])
