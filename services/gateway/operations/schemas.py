"""Wire models of health."""

from typing import Literal

from pydantic import Field

from services.gateway.http.fields import Answer


class Part(Answer):
    state: str
    lag: int = 0
    note: str = Field(default="", description="Minor problems that do not stop the part from working.")


class Ready(Answer):
    ready: bool
    parts: dict[str, Part]


class Alive(Answer):
    alive: Literal[True] = True
