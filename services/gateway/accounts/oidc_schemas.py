"""Wire models of sign-in by an identity provider."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.gateway.accounts.schemas import Session
from services.gateway.http.schemas import Handle, Line, Prose, RequestModel, ResponseModel

# Providers send codes of up to a few kB, in printable ASCII (RFC 6749, appendix A).
Code = Annotated[str, StringConstraints(min_length=1, max_length=8192, pattern=r"^[\x20-\x7e]+$")]
State = Annotated[str, StringConstraints(max_length=200, pattern=r"^[\x20-\x7e]*$")]


class ProviderPage(ResponseModel):
    """The identity provider's page, to which the browser goes next."""

    address: str


class ProviderReturn(RequestModel):
    """The answer of the identity provider in the browser: the parameters of the page `/sign-in/return`."""

    code: Code
    state: State
    iss: State = Field(default="", description="The provider's own address, if it sends one.")


class NewPerson(ResponseModel):
    """Somebody without an account, who may choose a handle now: `POST /v1/accounts/oidc`."""

    username: str = Field(description="Their name at the identity provider.")
    suggested_handle: str = Field(description="Empty if nothing suitable is free.")


class OidcSignIn(ResponseModel):
    """Exactly one of the two is there."""

    session: Session | None = None
    new: NewPerson | None = None


class NewOidcAccount(RequestModel):
    handle: Handle
    invitation: Annotated[Line, StringConstraints(max_length=200)] = Field(
        default="", description="The code of an invitation, where the site asks for one."
    )
    reason: Annotated[Prose, StringConstraints(max_length=1000, strip_whitespace=True)] = Field(
        default="", description="Why you would like to join, for those who approve new accounts."
    )


class IdentityOut(ResponseModel):
    """A linked identity. `is_current`: it belongs to the provider that this site uses now."""

    id: str
    issuer: str
    username: str
    created_at: datetime
    is_current: bool


class Identities(ResponseModel):
    provider: str | None = Field(description="The provider's name; missing if this site has none.")
    items: list[IdentityOut]
