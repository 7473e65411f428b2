"""Wire models of accounts, sessions, tokens, profiles and capabilities."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.gateway.http.caller import User
from services.gateway.http.schemas import (
    Handle,
    Label,
    Line,
    Lookup,
    Password,
    Prose,
    Reason,
    RequestModel,
    ResponseModel,
)
from services.gateway.posts.schemas import Post, VoteWeight

SignUpMode = Literal["open", "invitation", "approval", "closed"]


class NewAccount(RequestModel):
    handle: Handle
    password: Password
    invitation: Annotated[Line, StringConstraints(max_length=200)] = Field(
        default="", description="The code of an invitation, where the site asks for one."
    )
    reason: Annotated[Prose, StringConstraints(max_length=1000, strip_whitespace=True)] = Field(
        default="", description="Why you would like to join, for those who approve new accounts."
    )


class SiteProvider(ResponseModel):
    """The identity provider (OpenID Connect) with which people sign in."""

    name: str
    creates_accounts: bool = Field(description="Whether people without an account may come from there.")


class Site(ResponseModel):
    sign_ups: SignUpMode
    identity_provider: SiteProvider | None = Field(description="Missing if the site has none.")


class Account(ResponseModel):
    id: str
    handle: str
    roles: list[str]


class Credentials(RequestModel):
    handle: Lookup = Field(examples=["ada"])
    password: Annotated[str, StringConstraints(max_length=200)] = Field(examples=["a long pass phrase"])


class Suspension(ResponseModel):
    reason: str
    until: datetime | None = Field(description="Missing: until a moderator ends it.")


class Refusal(ResponseModel):
    """A refused sign-up. The account is deleted at `erased_at`."""

    reason: str
    erased_at: datetime


class OwnStanding(ResponseModel):
    """A user's standing as they see it. `waiting`: for an approval."""

    standing: Literal["good", "suspended", "waiting", "refused"]
    suspension: Suspension | None = None
    refusal: Refusal | None = None
    may_invite: bool = Field(default=False, description="Whether the site asks for invitations, and you may make them.")


class Session(OwnStanding):
    user: Account
    csrf_token: str
    expires_at: datetime
    vote_weight: VoteWeight
    guessed_at: datetime | None = Field(default=None, description="When somebody guessed too often.")


class NewToken(RequestModel):
    name: Label = Field(examples=["backup script"])
    scopes: list[Lookup] = Field(min_length=1, max_length=100, examples=[["read_feed"]])
    expires_in_days: int = Field(default=30, ge=1, le=90)


class Token(ResponseModel):
    """The token is shown once and stored as a hash."""

    id: str
    token: str
    name: str
    scopes: list[str]
    expires_at: datetime


class GrantOut(ResponseModel):
    """A session or token of the caller, without its secret."""

    id: str
    kind: Literal["session", "token"]
    name: str
    scopes: list[str]
    device: str = Field(default="", description="Browser and system of a session.")
    created_at: datetime
    last_used_at: datetime | None = Field(default=None, description="To about ten minutes.")
    expires_at: datetime
    current: bool = Field(description="Whether this request used it.")


class Grants(ResponseModel):
    items: list[GrantOut]


class EraseIn(RequestModel):
    password: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", examples=["a long pass phrase"], description="Needed if the account has one."
    )


class SuspensionIn(RequestModel):
    reason: Reason = Field(examples=["The same advertisement in four communities."])
    # A longer suspension has no end: leave the field out.
    days: int | None = Field(default=None, ge=1, le=3650, description="Missing: until a moderator ends it.")


class Standing(ResponseModel):
    """The state of a user's account after the change, at `sequence`."""

    handle: str
    standing: Literal["good", "suspended"]
    sequence: int


class Me(OwnStanding):
    user: Account
    vote_weight: VoteWeight
    csrf_token: str | None = None


class CapabilityRow(ResponseModel):
    name: str
    title: str
    kind: Literal["advisory", "verified", "authoritative"]
    runs: Literal["client", "server", "both"]
    reason: str
    allowed: bool
    per_minute: int | None = None
    proof: bool = Field(default=False, description="Only soon after the user has proved who they are.")


class Capabilities(ResponseModel):
    roles: list[str]
    items: list[CapabilityRow]


class OwnPosts(ResponseModel):
    items: list[Post]
    next: str | None


class Profile(ResponseModel):
    id: str
    handle: str
    joined_at: datetime
    posts: int
    comments: int
    recent: list[Post]


def account_of(user: User) -> Account:
    """Return a user's account as they see it."""
    roles = ["member", *(f"{role}:{where}" if where else role for role, where in user.roles)]
    return Account(id=user.id, handle=user.handle, roles=list(dict.fromkeys(roles)))
