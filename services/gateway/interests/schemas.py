"""Wire models of what a reader is not interested in."""

from datetime import datetime
from typing import Literal

from services.gateway.http.schemas import ResponseModel

Kind = Literal["community", "person"]


class UnwantedCommunity(ResponseModel):
    name: str
    title: str
    since: datetime


class UnwantedPerson(ResponseModel):
    handle: str
    since: datetime


class NotInterested(ResponseModel):
    communities: list[UnwantedCommunity]
    people: list[UnwantedPerson]
