"""Tests of file responses: whole, in ranges and from caches."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.http import errors
from services.gateway.pages.static_files import Assets

CONTENT = b"0123456789"
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def browser(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "app-1a2b.js").write_bytes(CONTENT)
    app = FastAPI()
    app.state.api_routes = []
    errors.install(app)
    app.mount("/assets", Assets(directory=tmp_path))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/assets")


async def load(browser: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await browser.get("/app-1a2b.js", headers=headers)


async def test_a_hashed_file_is_immutable_even_when_it_is_revalidated(browser: httpx.AsyncClient) -> None:
    first = await load(browser)
    again = await browser.get("/app-1a2b.js", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, first.content, first.headers["cache-control"]) == (200, CONTENT, FOR_EVER)
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", FOR_EVER)


async def test_a_range_of_a_file_is_served(browser: httpx.AsyncClient) -> None:
    answer = await load(browser, range="bytes=2-4")
    assert (answer.status_code, answer.content) == (206, b"234")


@pytest.mark.parametrize("asked", ["bytes", "bytes=", "bytes=x-y", "bytes=5-2", "pages=1-2", "oops"])
async def test_a_malformed_range_is_ignored(browser: httpx.AsyncClient, asked: str) -> None:
    answer = await load(browser, range=asked)
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_range_past_the_end_is_a_problem_with_the_length(browser: httpx.AsyncClient) -> None:
    answer = await load(browser, range="bytes=10-")
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert (answer.headers["content-type"], answer.headers["content-range"]) == (
        "application/problem+json",
        "bytes */10",
    )


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"smaller"),
        ("gzip", "gzip", b"small"),
        ("br;q=0, gzip;q=0.5", "gzip", b"small"),
        ("*", "br", b"smaller"),
        ("*;q=0", None, CONTENT),
        ("identity", None, CONTENT),
        ("", None, CONTENT),
    ],
)
async def test_a_file_is_sent_compressed_as_the_browser_accepts_it(
    browser: httpx.AsyncClient, tmp_path: Path, accepted: str, encoding: str | None, content: bytes
) -> None:
    (tmp_path / "app-1a2b.js.br").write_bytes(b"smaller")
    (tmp_path / "app-1a2b.js.gz").write_bytes(b"small")
    request = browser.build_request("GET", "/app-1a2b.js", headers={"accept-encoding": accepted})
    answer = await browser.send(request, stream=True)
    raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding"), raw) == (encoding, content)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept-Encoding", FOR_EVER)


@pytest.mark.parametrize("folder", ["/", "/fonts", "/fonts/"])
async def test_a_folder_is_not_listed(browser: httpx.AsyncClient, folder: str) -> None:
    answer = await browser.get(folder)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_missing_file_is_not_found(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/app-3c4d.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
