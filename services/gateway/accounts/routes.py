"""Routes of accounts, sessions, tokens and profiles."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

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
    Site,
    SiteProvider,
    Token,
)
from services.gateway.accounts.sessions import Sessions
from services.gateway.accounts.sign_in import SignIn
from services.gateway.accounts.sign_up import SignUps, Wish
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Lookup
from services.gateway.http.session_cookie import delete_cookie, read_cookie
from services.gateway.posts.queries import PostQueries
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Forbidden, Invalid
from shared.security.capabilities import CAPABILITIES, TABLE, allows

RECENT = 20  # posts on a profile: about one screen


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    sign_ups: SignUps
    queries: AccountQueries
    sessions: Sessions
    entry: SignIn
    posts: PostQueries
    view: View
    provider: SiteProvider | None

    @guarded("POST", "/accounts", "create_account", status_code=201)
    async def create_account(self, account: NewAccount, caller: CallerIn) -> Account:
        """Sign up with a handle and a password.

        409 `handle_taken`, or `handle_looks_alike` if it is easily mistaken for another. 422 `handle_reserved`, or
        `password_common`, `password_has_handle` or `password_has_site_name` for a password that is easy to guess.
        `GET /v1/site` says if an invitation is needed: 403 `invitation_needed`, `invitation_invalid` or
        `sign_ups_closed`. Where new accounts wait for an approval, they can sign in and read meanwhile.
        """
        wish = Wish(account.handle, account.password, caller.address, account.invitation, account.reason)
        registered = await self.sign_ups.create(wish)
        await self.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
        return Account(id=registered.user_id, handle=account.handle, roles=["member"])

    @guarded("GET", "/site", "see_site")
    async def see_site(self) -> Site:
        """Read who may sign up: everybody, those with an invitation, those who are approved later, or nobody.

        With an identity provider, `POST /v1/sessions/oidc/begin` begins to sign in there.
        """
        return Site(sign_ups=self.sign_ups.mode, identity_provider=self.provider)

    @guarded("POST", "/sessions", "sign_in", status_code=201)
    async def sign_in(self, credentials: Credentials, request: Request, response: Response) -> Session:
        """Sign in. Sets the session cookie and returns the CSRF token, which every later write must carry.

        After ten wrong passwords for an account within 15 minutes: 429 `too_many_guesses`. A browser in which the user
        has signed in before has guesses of its own.
        """
        return await self.entry.by_password(credentials.handle, credentials.password, request, response)

    @guarded("DELETE", "/sessions/current", "sign_out", status_code=204)
    async def sign_out(self, request: Request, response: Response, caller: CallerIn) -> None:
        """End this session on all replicas at once."""
        if secret := read_cookie(request):
            await self.sessions.end(secret)
        delete_cookie(request, response)

    @guarded("DELETE", "/sessions/others", "revoke_token", status_code=204, summary="Sign out everywhere else")
    async def sign_out_others(self, caller: CallerIn) -> None:
        """End your sessions in all other browsers. Tokens stay."""
        await self.sessions.end_others(caller.require_user().id, caller.grant.id if caller.grant else "")

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
    async def see_profile(self, handle: Annotated[Lookup, Path()], caller: CallerIn) -> Profile:
        """Read a user's public profile."""
        user = self.queries.visible(handle, caller)
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
                    proof=row.proof,
                )
                for row in TABLE
            ],
        )


def router(
    *,
    sign_ups: SignUps,
    queries: AccountQueries,
    sessions: Sessions,
    entry: SignIn,
    posts: PostQueries,
    view: View,
    provider: SiteProvider | None,
) -> APIRouter:
    """Return the routes of accounts."""
    return router_of(Routes(sign_ups, queries, sessions, entry, posts, view, provider), prefix="/v1", tags=["people"])
