"""Wire models of invitations."""

from datetime import datetime

from pydantic import Field

from services.gateway.http.schemas import RequestModel, ResponseModel

# A person invites a class or a club at a time; an open invitation for more is an open site.
MOST_USES = 100
LONGEST_DAYS = 365


class InvitationIn(RequestModel):
    uses: int = Field(default=1, ge=1, le=MOST_USES, description="How many people may sign up with it.")
    days: int = Field(default=7, ge=1, le=LONGEST_DAYS, description="How long it is valid.")


class InvitationOut(ResponseModel):
    """An invitation without its code, which nobody can read again. `uses`: accounts that were created with it."""

    id: str
    made_by: str = Field(description="Handle of the maker; empty for an operator.")
    made_at: datetime
    expires_at: datetime
    most_uses: int
    uses: int


class NewInvitation(ResponseModel):
    """A new invitation. The code is shown once and stored as a hash."""

    code: str
    link: str = Field(description="Path of the page to sign up. The code behind # is sent to no server.")
    invitation: InvitationOut


class Invitations(ResponseModel):
    items: list[InvitationOut]
    may_invite: bool
