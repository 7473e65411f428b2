"""Wire models of the model for previews on a device."""

from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import ResponseModel


class DeviceFile(ResponseModel):
    """A file named by its content: the file at `path` never changes."""

    kind: Literal["model", "tokenizer"]
    path: str
    sha256: str
    bytes: int


class DeviceModel(ResponseModel):
    """The model for devices, the same as the server's. `scores`: the columns of its output `scores`."""

    model: str = Field(description="SHA-256 of the model file, as previews name it.")
    vectors: str = Field(description="Vectors with the same value can be compared.")
    scores: list[str]
    dimensions: int
    max_tokens: int
    files: list[DeviceFile]
