"""Tests of the routes that serve the model for devices."""

from pathlib import Path

import pytest

from shared.testing import TestBroker
from tests.gateway.conftest import running_gateway
from tests.gateway.test_model_files import a_folder

pytestmark = pytest.mark.broker


async def test_a_model_file_is_immutable_and_the_manifest_is_revalidated(broker: TestBroker, tmp_path: Path) -> None:
    model = a_folder(tmp_path)
    async with running_gateway(broker, tmp_path, device_model_dir=model) as gateway, gateway.visitor() as http:
        manifest = await http.get("/v1/device/model")
        file = manifest.json()["files"][0]
        answer = await http.get(file["path"])
        again = await http.get(file["path"], headers={"if-none-match": answer.headers["etag"]})
        same = await http.get("/v1/device/model", headers={"if-none-match": manifest.headers["etag"]})
    assert manifest.headers["cache-control"] == "no-cache"
    assert answer.content == b"the bytes of a model"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{file["sha256"]}"'
    assert (again.status_code, same.status_code) == (304, 304)


async def test_a_server_without_a_model_answers_503(broker: TestBroker, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    async with running_gateway(broker, tmp_path, device_model_dir=nothing) as gateway, gateway.visitor() as http:
        answer = await http.get("/v1/device/model")
        unknown = await http.get("/v1/device/files/settings.py")
    assert (answer.status_code, answer.json()["code"]) == (503, "device_model_missing")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid")
