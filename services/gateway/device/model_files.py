"""The files that a browser needs to run the model, checked once."""

import asyncio
import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from services.gateway.device.schemas import DeviceFile, DeviceModel
from shared.model import pinned_files
from shared.problems import NotFound, Unavailable

TOKENIZER = "tokenizer.json"
# The last score: the probability of any category.
ANY_HARM = "any_harm"


class _Manifest(BaseModel):
    """`model.json`, written by the export of the model."""

    model_config = ConfigDict(extra="ignore", strict=True)
    format: Literal[1]
    file: str
    bytes: int
    sha256: str
    tokenizer_sha256: str
    categories: list[str]
    dimensions: int
    max_tokens: int


class ModelFiles:
    """The model's folder: `model.json`, the ONNX file that it names, and `tokenizer.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: tuple[DeviceModel, dict[str, Path]] | None = None
        self._reading = asyncio.Lock()

    async def model(self) -> DeviceModel:
        """Return the model and its files.

        Raises:
            Unavailable: there is no model, or its files differ from the manifest.
        """
        return (await self._checked())[0]

    async def path(self, name: str) -> Path:
        """Return the path of a file by its name.

        Raises:
            NotFound: there is none, perhaps because a newer model replaced it.
            Unavailable: as `model`.
        """
        found = (await self._checked())[1].get(name)
        if found is None:
            raise NotFound("This file no longer exists. Load `/v1/device/model` again.", "device_file_unknown")
        return found

    async def _checked(self) -> tuple[DeviceModel, dict[str, Path]]:
        async with self._reading:  # concurrent requests wait for one check
            if self._known is None:
                self._known = await asyncio.to_thread(_read, self._folder)
            return self._known


def _read(folder: Path) -> tuple[DeviceModel, dict[str, Path]]:
    try:
        manifest = _Manifest.model_validate_json((folder / "model.json").read_bytes())
        model = _file("model", folder / manifest.file, manifest.sha256, ".onnx")
        tokenizer = _file("tokenizer", folder / TOKENIZER, manifest.tokenizer_sha256, ".json")
    except FileNotFoundError as error:
        raise Unavailable("This server has no model for devices.", "device_model_missing") from error
    except (ValidationError, pinned_files.ModelFileError) as error:
        raise Unavailable("The model for devices is damaged on this server.", "device_model_damaged") from error
    answer = DeviceModel(
        model=manifest.sha256,
        vectors=pinned_files.VECTORS,
        scores=[name for name in manifest.categories if name != ANY_HARM] + [ANY_HARM],
        dimensions=manifest.dimensions,
        max_tokens=manifest.max_tokens,
        files=[model, tokenizer],
    )
    paths = (folder / manifest.file, folder / TOKENIZER)
    return answer, {Path(file.path).name: path for file, path in zip(answer.files, paths, strict=True)}


def _file(kind: Literal["model", "tokenizer"], path: Path, sha256: str, ending: str) -> DeviceFile:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        raise pinned_files.ModelFileError(f"{path} has the sha256 {found}, expected {sha256}")
    return DeviceFile(kind=kind, path=f"/v1/device/files/{sha256}{ending}", sha256=sha256, bytes=path.stat().st_size)
