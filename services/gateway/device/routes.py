"""Routes of the files that a device loads: the model for previews, and a snapshot of new posts for quick search."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from services.gateway.device.model_files import ModelFiles
from services.gateway.device.schemas import DeviceModel
from services.gateway.device.snapshots import COMMUNITIES, SnapshotBuilder, SnapshotRequest
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.file_responses import File, has_present

# A file is named by its content and never changes.
IMMUTABLE = "public, max-age=31536000, immutable"
FILE_NAME = r"^[0-9a-f]{64}\.(onnx|json)$"
UNCHANGED = {304: {"description": "Your version is current."}}
LAYOUT = "The layout is described in services/gateway/device/snapshot_format.py."


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    files: ModelFiles
    snapshots: SnapshotBuilder

    @guarded("GET", "/model", "load_model", response_model=DeviceModel, responses=UNCHANGED)
    async def device_model(
        self, response: Response, if_none_match: Annotated[str | None, Header(max_length=200)] = None
    ) -> DeviceModel | Response:
        """Get the model for previews on the device, and its files. 503 if this server has none."""
        found = await self.files.model()
        headers = {"ETag": f'"{found.model}"', "Cache-Control": "no-cache"}
        if has_present(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        response.headers.update(headers)
        return found

    @guarded(
        "GET",
        "/files/{name}",
        "load_model",
        summary="Load a file of the model",
        response_class=Response,
        responses={**UNCHANGED, 200: {"content": {"application/octet-stream": {}}, "description": "The file."}},
    )
    async def device_file(
        self,
        name: Annotated[str, Path(pattern=FILE_NAME)],
        if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        """Load a file by its SHA-256. It never changes, so it can be cached for good."""
        path = await self.files.path(name)
        headers = {"ETag": f'"{name.partition(".")[0]}"', "Cache-Control": IMMUTABLE}
        if has_present(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return File(path, headers=headers, media_type="application/octet-stream")

    @guarded(
        "GET",
        "/pack",
        "load_pack",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}, "description": LAYOUT}},
    )
    async def device_pack(
        self,
        communities: Annotated[str, Query(max_length=400, pattern=r"^([a-z0-9_-]{2,40}(,[a-z0-9_-]{2,40})*)?$")] = "",
        since: Annotated[str | None, Query(max_length=40, pattern=r"^[0-9a-f]{8}-[0-9]{1,15}$")] = None,
        vectors: bool = True,
    ) -> Response:
        """Load a snapshot for search on the device: the newest posts, plus more from up to 8 communities, up to 4 MB.

        With `since`, it holds only the changes after an earlier snapshot, if the server still knows them.
        """
        named = [name for name in communities.split(",") if name]
        content = await self.snapshots.build(SnapshotRequest(named[:COMMUNITIES], since, vectors))
        return Response(content, media_type="application/octet-stream")


def router(*, files: ModelFiles, snapshots: SnapshotBuilder) -> APIRouter:
    """Return the routes below `/v1/device`."""
    return router_of(Routes(files, snapshots), prefix="/v1/device", tags=["device"])
