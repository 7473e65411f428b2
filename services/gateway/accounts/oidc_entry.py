"""Signs people in, up and over by the identity provider: what its answer means for the accounts of this site."""

from dataclasses import dataclass, field
from time import time

from fastapi import Request, Response

from services.gateway.accounts.claimed_role_commands import ClaimedRoleCommands
from services.gateway.accounts.commands import Registered
from services.gateway.accounts.handles import suggest
from services.gateway.accounts.oidc_commands import OidcCommands
from services.gateway.accounts.oidc_flows import Flow, OidcFlows
from services.gateway.accounts.oidc_new_identities import MOST_ROLES, NewIdentities, NewIdentity, expiry
from services.gateway.accounts.oidc_provider import OidcProvider, ProvenIdentity
from services.gateway.accounts.oidc_schemas import NewOidcAccount, NewPerson, OidcSignIn, ProviderPage, ProviderReturn
from services.gateway.accounts.oidc_tokens import LEEWAY_S
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.schemas import Session, SiteProvider
from services.gateway.accounts.sign_in import SignIn
from services.gateway.accounts.sign_up import SignUps, Wish
from services.gateway.http.caller import User
from services.gateway.view.view import SEE_OWN_WRITE_S
from shared.ids import new_id
from shared.problems import Conflict, Forbidden, Problem

SIGN_IN = "sign in"


@dataclass(frozen=True)
class OidcEntry:
    """The steps of each purpose. A way to the provider that began for one purpose ends for no other."""

    provider: OidcProvider
    flows: OidcFlows
    new: NewIdentities
    identities: OidcCommands
    roles: ClaimedRoleCommands
    sign_ups: SignUps
    sessions: SignIn
    creating: set[str] = field(default_factory=set)  # identities of sign-ups that are under way here

    @property
    def shown(self) -> SiteProvider | None:
        """The provider as people see it; None without one."""
        settings = self.provider.settings
        name = settings.shown_name
        return SiteProvider(name=name, creates_accounts=settings.sign_up) if name else None

    async def begin(self, request: Request, response: Response) -> ProviderPage:
        """Begin to sign in. Raises like `OidcProvider.address`."""
        return await self._begin(SIGN_IN, request, response)

    async def begin_link(self, user: User, request: Request, response: Response) -> ProviderPage:
        """Begin to link an identity with a user."""
        return await self._begin(_link(user), request, response)

    async def begin_proof(self, user: User, request: Request, response: Response) -> ProviderPage:
        """Begin to prove who a user is: they sign in at the provider even if they already have."""
        return await self._begin(_proof(user), request, response, again=True)

    async def sign_in(self, given: ProviderReturn, request: Request, response: Response) -> OidcSignIn:
        """Sign in, or remember somebody without an account in their browser.

        Raises:
            Forbidden: `identity_unknown` or `sign_ups_closed`.
        """
        found, flow = await self._end(SIGN_IN, given, request, response)
        identity_id = await self.identities.id_of(found.issuer, found.subject)
        wanted = self.provider.settings.roles.wanted(found.claims)
        owner, is_proved = await self.identities.owner(identity_id), _is_fresh(found, flow)
        if owner and await self.sign_ups.commands.exists(owner):
            await self.roles.apply(owner, identity_id, wanted)
            return OidcSignIn(session=await self.sessions.begin(owner, "", request, response, is_proved=is_proved))
        self._require_open()
        remembered = NewIdentity(
            issuer=found.issuer,
            subject=found.subject,
            username=found.username,
            roles=tuple(sorted(wanted, key=str))[:MOST_ROLES],
            is_proved=is_proved,
            expires_at=expiry(),
        )
        self.new.remember(request, response, remembered)
        free = suggest(found.username, lambda handle: _is_free(self.sign_ups.queries, handle))
        return OidcSignIn(new=NewPerson(username=found.username, suggested_handle=free))

    async def sign_up(self, wanted: NewOidcAccount, request: Request, response: Response, address: str) -> Session:
        """Create the account of a remembered person and sign them in.

        Raises:
            Conflict: `identity_of_another`, or the handle is taken.
        """
        self._require_open()
        person = self.new.read(request)
        identity_id = await self.identities.id_of(person.issuer, person.subject)
        if identity_id in self.creating:
            raise Conflict("This account is being created. Wait a moment.")
        self.creating.add(identity_id)
        try:
            user_id, registered = await self._create(person, identity_id, wanted, address)
        finally:
            self.creating.discard(identity_id)
        await self.identities.name(user_id, identity_id, person.username)
        self.new.forget(request, response)
        await self.sessions.view.wait_for(registered.sequence, SEE_OWN_WRITE_S)
        await self.roles.apply(user_id, identity_id, frozenset(person.roles))
        return await self.sessions.begin(user_id, wanted.handle, request, response, is_proved=person.is_proved)

    async def _create(
        self, person: NewIdentity, identity_id: str, wanted: NewOidcAccount, address: str
    ) -> tuple[str, Registered]:
        """Create the account of a person, who has the identity already when it exists."""
        # An owner who does not exist is this person, whose first try was interrupted.
        user_id = await self.identities.owner(identity_id) or new_id()
        if await self.sign_ups.commands.exists(user_id):
            raise Conflict("This identity is linked with another account.", "identity_of_another")
        await self.identities.reserve(user_id, identity_id, person.issuer)
        wish = Wish(wanted.handle, "", address, wanted.invitation, wanted.reason)
        try:
            return user_id, await self.sign_ups.create(wish, user_id=user_id)
        except Problem:
            if not await self.sign_ups.commands.exists(user_id):
                await self.identities.release(user_id, identity_id)
            raise

    async def link(self, user: User, given: ProviderReturn, request: Request, response: Response) -> None:
        """Link the identity of an answer with a user. Raises like `OidcCommands.link`."""
        found, _ = await self._end(_link(user), given, request, response)
        identity_id = await self.identities.id_of(found.issuer, found.subject)
        await self.identities.link(user.id, identity_id, found.issuer, found.username)
        await self.roles.apply(user.id, identity_id, self.provider.settings.roles.wanted(found.claims))

    async def unlink(self, user: User, identity_id: str) -> None:
        """Unlink an identity, after taking back the roles that it gave. Raises like `OidcCommands.unlink`."""
        await self.identities.check_unlink(user.id, user.handle, identity_id)
        await self.roles.apply(user.id, identity_id, frozenset())
        await self.identities.unlink(user.id, user.handle, identity_id)

    async def check_proof(self, user: User, given: ProviderReturn, request: Request, response: Response) -> None:
        """Check that a user has just proved who they are.

        Raises:
            Forbidden: `identity_of_another` or `identity_not_fresh`.
        """
        found, flow = await self._end(_proof(user), given, request, response)
        identity_id = await self.identities.id_of(found.issuer, found.subject)
        if await self.identities.owner(identity_id) != user.id:
            raise Forbidden("This identity is not linked with your account.", "identity_of_another")
        if not _is_fresh(found, flow):
            raise Forbidden(
                "The identity provider did not say that you have just signed in there. Confirm another way, or sign "
                "out there and try again.",
                "identity_not_fresh",
            )

    async def _begin(self, purpose: str, request: Request, response: Response, *, again: bool = False) -> ProviderPage:
        self.provider.require()
        flow = self.flows.begin(request, response, purpose)
        return ProviderPage(address=await self.provider.address(flow, again=again))

    async def _end(
        self, purpose: str, given: ProviderReturn, request: Request, response: Response
    ) -> tuple[ProvenIdentity, Flow]:
        self.provider.require()
        flow = await self.flows.end(request, response, purpose, given.state)
        return await self.provider.identify(flow, given.code, given.iss), flow

    def _require_open(self) -> None:
        if not self.provider.settings.sign_up:
            raise Forbidden(
                "No account here is linked with this identity. Sign in another way, and link it on your account page.",
                "identity_unknown",
            )
        self.sign_ups.require_open()


def _link(user: User) -> str:
    return f"link {user.id}"


def _proof(user: User) -> str:
    return f"prove {user.id}"


def _is_fresh(found: ProvenIdentity, flow: Flow) -> bool:
    """Return whether somebody signed in at the provider for this flow, rather than some time before it."""
    return flow.begun_at - LEEWAY_S <= found.signed_in_at <= time() + LEEWAY_S


def _is_free(queries: AccountQueries, handle: str) -> bool:
    return queries.user_by_handle(handle) is None and not queries.misleads(handle, "")
