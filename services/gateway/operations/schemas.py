"""Wire models of health."""

from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import ResponseModel


class Part(ResponseModel):
    state: str
    lag: int = 0
    note: str = Field(default="", description="Minor problems that do not stop the part from working.")


class Ready(ResponseModel):
    ready: bool
    parts: dict[str, Part]


class Alive(ResponseModel):
    alive: Literal[True] = True
