"""Wire models of passwords, recovery codes, mail addresses and proofs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.gateway.http.schemas import Lookup, Password, RequestModel, ResponseModel

Typed = Annotated[str, StringConstraints(max_length=200)]
# RFC 5321 allows 254 characters. Only the mail server knows if an address exists.
_PART = r"[^@\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f<>,;]+"
MailAddress = Annotated[str, StringConstraints(max_length=254, pattern=f"^{_PART}@{_PART}$")]


class ProofIn(RequestModel):
    password: Typed = Field(examples=["a long pass phrase"])


class PasswordChange(RequestModel):
    current: Typed = Field(default="", examples=["a long pass phrase"], description="Needed if the account has one.")
    new: Password
    end_other_sessions: bool = False


class RecoveryCodes(ResponseModel):
    """They are shown once; each sets one new password."""

    codes: list[str]


class MailIn(RequestModel):
    address: MailAddress = Field(examples=["ada@example.org"])


class MailConfirmation(RequestModel):
    code: Typed


class ResetRequest(RequestModel):
    handle: Lookup = Field(examples=["ada"])


class ResetCompletion(RequestModel):
    """Either the code of a mail or an operator, or a handle with one of its recovery codes."""

    code: Typed
    handle: Lookup = Field(default="", description="For a recovery code.")
    new: Password


class Mail(ResponseModel):
    address: str
    confirmed: bool


class Security(ResponseModel):
    """The ways in which the caller signs in."""

    has_password: bool
    recovery_codes: int = Field(description="How many are left.")
    mail: Mail | None
    mail_available: bool = Field(description="Whether this site can send mails.")
    guessed_at: datetime | None = Field(description="When somebody last guessed the password too often.")
