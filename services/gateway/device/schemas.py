"""What a device loads, to preview with the model by itself."""

from typing import Literal

from pydantic import Field

from services.gateway.http.fields import Answer


class DeviceFile(Answer):
    """One file, named by its content: what is at `path` never changes."""

    kind: Literal["model", "tokenizer"]
    path: str
    sha256: str
    bytes: int


class DeviceModel(Answer):
    """The model for devices, the same as the server's. `scores`: what the columns of its output `scores` mean."""

    model: str = Field(description="sha256 of the model file: what previews name")
    vectors: str = Field(description="vectors of the same value can be compared with each other")
    scores: list[str]
    dimensions: int
    max_tokens: int
    files: list[DeviceFile]
