"""Routes below `/me`, and the sessions and tokens of the caller."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.erasure import Erasures
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import (
    EraseIn,
    GrantOut,
    Grants,
    Me,
    OwnPosts,
    account_of,
)
from services.gateway.accounts.sessions import Sessions
from services.gateway.accounts.sign_in import SignIn
from services.gateway.accounts.standing import own_standing
from services.gateway.http.caller import Grant
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Limit, PostId
from services.gateway.http.session_cookie import delete_cookie
from services.gateway.posts.queries import PostQueries
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Conflict, Forbidden, NotFound, Unauthenticated


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: AccountCommands
    queries: AccountQueries
    sessions: Sessions
    entry: SignIn
    erasures: Erasures
    posts: PostQueries
    view: View

    @guarded("GET", "/me", "see_me")
    async def see_me(self, caller: CallerIn) -> Me:
        """Read your own account, the weight of your votes and reports, and the CSRF token of this session."""
        user = caller.require_user()
        csrf = caller.grant.csrf if caller.grant and caller.grant.kind == "session" else None
        return Me(
            user=account_of(user),
            **own_standing(user, self.entry.sign_ups.may_invite(user.id), datetime.now(UTC)).model_dump(),
            vote_weight=self.entry.weigh(user),
            csrf_token=csrf,
        )

    @guarded("GET", "/me/posts", "see_own_posts")
    async def see_own_posts(
        self, caller: CallerIn, cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None, limit: Limit = 25
    ) -> OwnPosts:
        """Read your own posts and comments in every state with their decisions and reasons, last changed first."""
        items = self.posts.own_posts(caller.require_user().id, cursor, limit)
        return OwnPosts(items=items, next=str(items[-1].sequence) if len(items) == limit else None)

    @guarded("GET", "/tokens", "see_tokens")
    async def see_tokens(self, caller: CallerIn) -> Grants:
        """List your sessions and tokens, newest first. Their secrets are never shown again."""
        current = caller.grant.id if caller.grant else ""
        return Grants(items=[_grant_out(one, current) for one in await self.sessions.of(caller.require_user().id)])

    @guarded("DELETE", "/tokens/{token_id}", "revoke_token", status_code=204)
    async def revoke_token(self, token_id: Annotated[PostId, Path()], caller: CallerIn) -> None:
        """End a session or a token on all replicas at once."""
        if not await self.sessions.revoke(caller.require_user().id, token_id):
            raise NotFound("You have no session or token with this id. It may have expired.")

    @guarded("DELETE", "/me", "erase_me", status_code=204)
    async def erase_me(self, wanted: EraseIn, request: Request, response: Response, caller: CallerIn) -> None:
        """Delete your account for good. If the password is missing or wrong: 403 `wrong_password`.

        The key to your texts is destroyed, so that nobody can read them any more, even in backups. Your handle,
        password, sessions and tokens are deleted. Records without text or name remain: decisions, votes, and the fact
        that something was written. The last administrator must appoint another one first: 409 `last_admin`.
        """
        user = caller.require_user()
        if wanted.password or await self.commands.has_password(user.handle):
            try:
                await self.entry.check_password(user.handle, wanted.password, request)
            except Unauthenticated as error:  # the caller is signed in all the same
                raise Forbidden("The password is wrong.", "wrong_password") from error
        if self.queries.is_last_admin(user.id):
            raise Conflict("You are the last administrator. Appoint another one first.", "last_admin")
        sequence = await self.erasures.erase(caller.require_user().id)
        await self.view.wait_for(sequence, SEE_OWN_WRITE_S)
        delete_cookie(request, response)


def router(
    *,
    commands: AccountCommands,
    queries: AccountQueries,
    sessions: Sessions,
    entry: SignIn,
    erasures: Erasures,
    posts: PostQueries,
    view: View,
) -> APIRouter:
    """Return the caller's own routes."""
    return router_of(Routes(commands, queries, sessions, entry, erasures, posts, view), prefix="/v1", tags=["people"])


def _grant_out(grant: Grant, current: str) -> GrantOut:
    return GrantOut(
        id=grant.id,
        kind=grant.kind,
        name=grant.name,
        scopes=list(grant.scopes),
        device=grant.device,
        created_at=grant.begun_at or grant.expires_at,
        last_used_at=grant.last_used_at,
        expires_at=grant.expires_at,
        current=grant.id == current,
    )
