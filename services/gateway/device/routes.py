"""What a device loads: the model that it previews with, and the newest posts for quick search."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from services.gateway.dependencies import InHouse
from services.gateway.device.schemas import DeviceModel
from services.gateway.device.snapshots import COMMUNITIES, Asked
from services.gateway.http.etags import has_present
from services.gateway.http.file_responses import File
from services.gateway.http.guard import guarded

router = APIRouter(prefix="/v1/device", tags=["device"])
# A file is named by its content: whoever has it need not ask again.
IMMUTABLE = "public, max-age=31536000, immutable"
FILE_NAME = r"^[0-9a-f]{64}\.(onnx|json)$"
CURRENT = {304: {"description": "what you have is current"}}


@guarded(router, "GET", "/model", "load_model", response_model=DeviceModel, responses=CURRENT)
async def device_model(
    house: InHouse, response: Response, if_none_match: Annotated[str | None, Header(max_length=200)] = None
) -> DeviceModel | Response:
    """Which model the device can preview with, and its files. 503 while this installation has none."""
    found = await house.device.model()
    headers = {"ETag": f'"{found.model}"', "Cache-Control": "no-cache"}
    if has_present(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return found


@guarded(
    router,
    "GET",
    "/files/{name}",
    "load_model",
    summary="Load a file of the model",
    response_class=Response,
    responses={**CURRENT, 200: {"content": {"application/octet-stream": {}}, "description": "the bytes"}},
)
async def device_file(
    name: Annotated[str, Path(pattern=FILE_NAME)],
    house: InHouse,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A file by its sha256; it may be kept for ever."""
    path = await house.device.path(name)
    headers = {"ETag": f'"{name.partition(".")[0]}"', "Cache-Control": IMMUTABLE}
    if has_present(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return File(path, headers=headers, media_type="application/octet-stream")


@guarded(
    router,
    "GET",
    "/pack",
    "load_pack",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "services/gateway/pack_format.py"}},
)
async def device_pack(
    house: InHouse,
    communities: Annotated[str, Query(max_length=400, pattern=r"^([a-z0-9_-]{2,40}(,[a-z0-9_-]{2,40})*)?$")] = "",
    since: Annotated[str | None, Query(max_length=40, pattern=r"^[0-9a-f]{8}-[0-9]{1,15}$")] = None,
    vectors: bool = True,
) -> Response:
    """The newest posts, and more of the named communities (at most 8), for search on the device: at most 4 MB.

    With `since` only what came and went after that pack, where that can still be told.
    """
    named = [name for name in communities.split(",") if name]
    content = await house.packs.make(Asked(named[:COMMUNITIES], since, vectors))
    return Response(content, media_type="application/octet-stream")
