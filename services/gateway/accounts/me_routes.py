"""What is one's own: sessions and tokens, and the end of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.gateway.accounts.routes import SEE_OWN_WRITE_S
from services.gateway.accounts.schemas import EraseIn, GrantOut, Grants
from services.gateway.accounts.sessions import Grant
from services.gateway.dependencies import InHouse
from services.gateway.http.fields import PostId
from services.gateway.http.guard import COOKIE, CallerIn, guarded
from shared.problems import Forbidden, NotFound, Unauthenticated

router = APIRouter(prefix="/v1", tags=["people"])


@guarded(router, "GET", "/tokens", "see_tokens")
async def see_tokens(house: InHouse, caller: CallerIn) -> Grants:
    """Where one is signed in, and the tokens of one's programs, the latest first. Nobody can see a secret again."""
    current = caller.grant.id if caller.grant else ""
    return Grants(items=[_grant_out(one, current) for one in await house.sessions.of(caller.person.id)])


@guarded(router, "DELETE", "/tokens/{token_id}", "revoke_token", status_code=204)
async def revoke_token(token_id: Annotated[PostId, Path()], house: InHouse, caller: CallerIn) -> None:
    """End a session or a token, on every replica at once."""
    if not await house.sessions.revoke(caller.person.id, token_id):
        raise NotFound("You have no session or token of this id: perhaps it has ended.")


@guarded(router, "DELETE", "/me", "erase_me", status_code=204)
async def erase_me(wanted: EraseIn, response: Response, house: InHouse, caller: CallerIn) -> None:
    """Erase oneself for good. The password is asked for once more: a wrong one is 403 `wrong_password`.

    The key to one's texts is destroyed, so that nobody can read them any more, also not in backups. Handle, password,
    sessions and tokens go. What stays has neither text nor name: decisions, votes, that something was written.
    """
    try:
        await house.accounts.check(caller.person.handle, wanted.password)
    except Unauthenticated as error:  # they are signed in all the same
        raise Forbidden("The password is wrong.", "wrong_password") from error
    sequence = await house.erasures.erase(caller.person.id)
    await house.view.wait_for(sequence, SEE_OWN_WRITE_S)
    response.delete_cookie(COOKIE, path="/")


def _grant_out(grant: Grant, current: str) -> GrantOut:
    return GrantOut(
        id=grant.id,
        kind=grant.kind,
        name=grant.name,
        scopes=list(grant.scopes),
        created_at=grant.begun_at or grant.expires_at,
        expires_at=grant.expires_at,
        current=grant.id == current,
    )
