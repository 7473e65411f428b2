"""Accounts, sessions, tokens, capabilities."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.gateway.schemas.fields import Answer, Handle, Incoming, Password


class NewAccount(Incoming):
    handle: Handle
    password: Password


class Account(Answer):
    id: str
    handle: str
    roles: list[str]


class Credentials(Incoming):
    handle: Annotated[str, StringConstraints(max_length=100)] = Field(examples=["ada"])
    password: Annotated[str, StringConstraints(max_length=200)] = Field(examples=["a long pass phrase"])


class Session(Answer):
    user: Account
    csrf_token: str
    expires_at: datetime


class NewToken(Incoming):
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(examples=["backup script"])
    scopes: list[str] = Field(min_length=1, max_length=100, examples=[["read_feed"]])
    expires_in_days: int = Field(default=30, ge=1, le=90)


class Token(Answer):
    """The token itself is shown once and stored as a hash."""

    id: str
    token: str
    name: str
    scopes: list[str]
    expires_at: datetime


class Me(Answer):
    user: Account
    standing: Literal["good", "suspended"]
    csrf_token: str | None = None


class CapabilityRow(Answer):
    name: str
    title: str
    kind: Literal["advisory", "verified", "authoritative"]
    runs: Literal["client", "server", "both"]
    reason: str
    allowed: bool
    per_minute: int | None = None


class Capabilities(Answer):
    roles: list[str]
    items: list[CapabilityRow]
