"""Routes of sign-in by an identity provider (OpenID Connect)."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Request, Response

from services.gateway.accounts.oidc_commands import OidcCommands
from services.gateway.accounts.oidc_entry import OidcEntry
from services.gateway.accounts.oidc_schemas import (
    Identities,
    IdentityOut,
    NewOidcAccount,
    OidcSignIn,
    ProviderPage,
    ProviderReturn,
)
from services.gateway.accounts.schemas import Session
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import Lookup


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    entry: OidcEntry
    identities: OidcCommands

    @guarded("POST", "/sessions/oidc/begin", "sign_in", summary="Begin to sign in with the identity provider")
    async def begin_sign_in(self, request: Request, response: Response) -> ProviderPage:
        """Return the provider's page, and set the cookie of the way back, which lasts 15 minutes.

        Without a provider: 404 `no_identity_provider`. If it does not answer: 503 `identity_provider_unavailable`.
        """
        return await self.entry.begin(request, response)

    @guarded("POST", "/sessions/oidc", "sign_in", summary="Sign in with the identity provider")
    async def sign_in_with_oidc(self, given: ProviderReturn, request: Request, response: Response) -> OidcSignIn:
        """Sign in, or return a suggestion for a handle to somebody without an account.

        401 `identity_refused` for an answer that is not the provider's, or not for this site and browser. 422
        `challenge_expired` in another browser, too late, or the second time. 403 `identity_unknown` where the provider
        creates no accounts.
        """
        return await self.entry.sign_in(given, request, response)

    @guarded("POST", "/accounts/oidc", "create_account", status_code=201, summary="Sign up with the identity provider")
    async def sign_up_with_oidc(
        self, wanted: NewOidcAccount, request: Request, response: Response, caller: CallerIn
    ) -> Session:
        """Create an account without a password, after the identity provider, and sign in.

        The handle is checked as in `POST /v1/accounts`. 422 `challenge_expired` half an hour after the provider. 409
        `identity_of_another` if an account was created meanwhile.
        """
        return await self.entry.sign_up(wanted, request, response, caller.address)

    @guarded("GET", "/me/identities", "see_security", summary="List your identities")
    async def see_identities(self, caller: CallerIn) -> Identities:
        """List the identities that can sign in to your account, the oldest first."""
        settings = self.entry.provider.settings
        items = [
            IdentityOut(
                id=one.id,
                issuer=one.issuer,
                username=name,
                created_at=one.created_at,
                is_current=one.issuer == settings.issuer,
            )
            for one, name in await self.identities.linked(caller.require_user().id)
        ]
        return Identities(provider=settings.shown_name, items=items)

    @guarded("POST", "/me/identities/begin", "change_sign_in", summary="Begin to link an identity")
    async def begin_link(self, request: Request, response: Response, caller: CallerIn) -> ProviderPage:
        """Return the provider's page, and set the cookie of the way back, which lasts 15 minutes."""
        return await self.entry.begin_link(caller.require_user(), request, response)

    @guarded("POST", "/me/identities", "change_sign_in", status_code=204, summary="Link an identity")
    async def link_identity(
        self, given: ProviderReturn, request: Request, response: Response, caller: CallerIn
    ) -> None:
        """Link the identity with which you signed in at the provider. Another account's: 409 `identity_of_another`."""
        await self.entry.link(caller.require_user(), given, request, response)

    @guarded("DELETE", "/me/identities/{identity_id}", "change_sign_in", status_code=204, summary="Unlink an identity")
    async def unlink_identity(self, identity_id: Annotated[Lookup, Path()], caller: CallerIn) -> None:
        """Unlink an identity, and take back the roles that it gave. If nothing else lets you in: 409 `last_sign_in`."""
        await self.entry.unlink(caller.require_user(), identity_id)

    @guarded("POST", "/me/proof/oidc/begin", "prove_identity", summary="Begin to confirm with the identity provider")
    async def begin_proof(self, request: Request, response: Response, caller: CallerIn) -> ProviderPage:
        """Return the provider's page, where you sign in again, and set the cookie of the way back."""
        return await self.entry.begin_proof(caller.require_user(), request, response)

    @guarded("POST", "/me/proof/oidc", "prove_identity", status_code=204, summary="Confirm with the identity provider")
    async def prove_with_oidc(
        self, given: ProviderReturn, request: Request, response: Response, tasks: BackgroundTasks, caller: CallerIn
    ) -> None:
        """Prove at the provider that it is you, for 10 minutes. Another account's: 403 `identity_of_another`.

        If the provider does not say that you have just signed in there: 403 `identity_not_fresh`.
        """
        await self.entry.check_proof(caller.require_user(), given, request, response)
        await self.entry.sessions.renew(request, response, tasks)


def router(*, entry: OidcEntry, identities: OidcCommands) -> APIRouter:
    """Return the routes of sign-in by an identity provider."""
    return router_of(Routes(entry, identities), prefix="/v1", tags=["people"])
