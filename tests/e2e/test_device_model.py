"""The model on the device: turned on, used offline, damaged, removed; and the requests that it makes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Request, expect

from tests.e2e.device_model import ASSESS, READY_MS, load_into_page, model_folder, turn_on_by_button
from tests.running_installation import RunningInstallation

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("model_here")]
SECRET = "a sentence that only this device may know"
CACHES = "async () => (await caches.keys()).filter((name) => name === 'ottit-device').length"


async def device_screen(window: BrowserContext) -> Page:
    page = await window.new_page()
    await page.goto("/device")
    return page


def record_requests(page: Page) -> list[Request]:
    """Record the requests of the page and its worker."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    return requests


def damaged_copy(file: Path, folder: Path) -> Path:
    """Return a copy of a file with one wrong byte."""
    content = file.read_bytes()
    copy = folder / file.name
    copy.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    return copy


async def test_the_model_loads_on_request_and_then_on_each_visit(window: BrowserContext) -> None:
    page = await device_screen(window)
    requests = record_requests(page)
    await page.reload()
    await expect(page.get_by_role("button", name=re.compile(r"Download \d+ MB"))).to_be_visible()
    assert not [request.url for request in requests if "/device/files/" in request.url or "worker" in request.url]
    await turn_on_by_button(page)
    loaded = [request.url for request in requests if "/device/files/" in request.url]
    assert len(loaded) == len(set(loaded)) == 2
    requests.clear()
    await page.reload()
    await expect(page.get_by_text("Ready on this device.")).to_be_visible(timeout=READY_MS)
    assert not [request.url for request in requests if "/device/files/" in request.url]


async def test_the_loaded_model_works_offline_and_sends_no_text(
    window: BrowserContext, product: RunningInstallation
) -> None:
    page = await window.new_page()
    requests = record_requests(page)
    await load_into_page(page, product)
    before = len(requests)
    await window.set_offline(True)
    results: list[dict[str, Any]] = await page.evaluate(ASSESS, [SECRET, f"{SECRET}, twice"])
    await window.set_offline(False)
    assert [len(result["vector"]) for result in results] == [384, 384]
    assert not [request.url for request in requests[before:] if request.method == "POST"]
    sent = [f"{request.url} {request.post_data or ''} {json.dumps(request.headers)}" for request in requests]
    assert not [line for line in sent if "only this device" in line]


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
async def test_a_file_with_one_wrong_byte_is_rejected_with_a_message(
    window: BrowserContext, name: str, tmp_path: Path
) -> None:
    page = await device_screen(window)
    damaged, ending = damaged_copy(model_folder() / name, tmp_path), name.rpartition(".")[2]
    await page.route(f"**/v1/device/files/*.{ending}", lambda route: route.fulfill(path=damaged))
    await page.get_by_role("button", name=re.compile("turn it on", re.IGNORECASE)).click()
    await expect(page.get_by_role("alert")).to_contain_text("does not match the server’s checksum", timeout=READY_MS)
    kept = "async (end) => (await (await caches.open('ottit-device')).keys()).map((key) => key.url)"
    digest = await page.evaluate("async () => (await (await fetch('/v1/device/model')).json()).files", None)
    refused = next(file["sha256"] for file in digest if file["path"].endswith(ending))
    assert not [url for url in await page.evaluate(kept, None) if refused in url]
    await page.unroute("**/v1/device/files/**")


async def test_removing_the_model_deletes_its_files_for_later_visits(window: BrowserContext) -> None:
    page = await device_screen(window)
    await turn_on_by_button(page)
    assert await page.evaluate(CACHES) == 1
    await page.get_by_role("button", name=re.compile("Remove it")).click()
    await expect(page.get_by_text("Not on this device.")).to_be_visible()
    assert await page.evaluate(CACHES) == 0
    requests = record_requests(page)
    await page.reload()
    await expect(page.get_by_role("button", name=re.compile("Download"))).to_be_visible()
    assert not [request.url for request in requests if "/device/files/" in request.url]
