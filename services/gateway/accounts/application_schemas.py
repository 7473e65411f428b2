"""Wire models of people who wait for an approval."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import Reason, RequestModel, ResponseModel


class ApplicationOut(ResponseModel):
    """A person who waits or was refused. `reason`: why they would like to join."""

    id: str
    handle: str
    state: Literal["waiting", "refused"]
    registered_at: datetime
    reason: str
    refused_for: str | None
    erased_at: datetime | None = Field(description="When a refused account is deleted.")


class Applications(ResponseModel):
    """Those who wait longest, then those who were refused lately. `waiting`: how many wait in all."""

    waiting: int
    items: list[ApplicationOut]


class ApprovalIn(RequestModel):
    outcome: Literal["approved", "refused"]
    reason: Reason | None = Field(default=None, description="For the person. A refusal needs one.")


class ApprovalOut(ResponseModel):
    """The state after the decision, at `sequence`; 0 if somebody else had decided the same."""

    id: str
    handle: str
    state: Literal["approved", "refused"]
    sequence: int
