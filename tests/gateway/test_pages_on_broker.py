"""Tests of the client's pages: the status of each address, and a site below a path of its host."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from services.gateway.http.base_path import checked_base_path
from services.gateway.http.security_headers import SECURITY_HEADERS
from services.gateway.pages.addresses import PAGES
from services.gateway.settings import Settings
from shared.ids import new_id
from shared.testing import TestBroker
from tests.architecture.source_files import ROOT
from tests.faults.waiting import wait_until
from tests.gateway.conftest import Gateway, Person, running_gateway

pytestmark = pytest.mark.broker
# Fixed, because every worker must collect the same tests.
UNUSED_ID = "0198c0de-7e57-7abc-8def-0123456789ab"
PAGE = '<head></head><script src="./assets/index.js"></script><link href="./icon.svg">'


@pytest_asyncio.fixture
async def site(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with a client, at the root of its host."""
    async with running_gateway(broker, tmp_path, client_dir=client_folder(tmp_path)) as running:
        yield running


@pytest_asyncio.fixture
async def forum(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with a client, below `/forum`."""
    async with running_gateway(broker, tmp_path, client_dir=client_folder(tmp_path), base_path="/forum/") as running:
        yield running


def client_folder(folder: Path) -> Path:
    """Write a client that consists of a page, a script and a file."""
    (folder / "client" / "assets").mkdir(parents=True)
    (folder / "client" / "index.html").write_text(PAGE)
    (folder / "client" / "robots.txt").write_text("User-agent: *")
    (folder / "client" / "assets" / "index.js").write_text("let it = 1;")
    return folder / "client"


async def status(http: httpx.AsyncClient, address: str) -> int:
    """Return the status of an address, which must show the page."""
    answer = await http.get(address)
    assert answer.headers["content-type"].startswith("text/html")
    assert "assets/index.js" in answer.text
    return answer.status_code


def test_the_gateway_knows_exactly_the_pages_of_the_client() -> None:
    routes = (ROOT / "client" / "src" / "app" / "routes.tsx").read_text(encoding="utf-8")
    table = routes.partition("const ROUTES")[2].partition("];\n")[0]
    assert set(re.findall(r'^ +\[?"(/[^"]*)",', table, re.MULTILINE)) == set(PAGES)


@pytest.mark.parametrize("address", [page for page in PAGES if ":" not in page] + ["/?sort=new", "/communities/"])
async def test_a_page_has_the_status_200(site: Gateway, address: str) -> None:
    assert await status(site.visitor(), address) == 200


@pytest.mark.parametrize(
    "address",
    ["/nothing", "/c", "/c/nowhere", "/u/nobody", "/p/no-id", f"/p/{UNUSED_ID}", f"/p/{UNUSED_ID}/edit", "/p//edit",
     "/write/more", "/wp-login.php", "/c/%00", "/u/%F0%9F%98%80"],
)  # fmt: skip
async def test_an_address_without_a_page_has_the_status_404(site: Gateway, address: str) -> None:
    assert await status(site.visitor(), address) == 404


async def test_a_page_about_something_that_exists_has_the_status_200(site: Gateway) -> None:
    await site.community("garden")
    ada = await site.person("ada")
    assert await status(site.visitor(), "/c/garden") == 200
    assert await status(site.visitor(), "/u/ada") == 200
    assert await status(ada.http, "/u/ada") == 200


async def test_a_hidden_post_has_a_page_only_for_those_who_may_see_it(site: Gateway) -> None:
    await site.community("garden")
    ada = await site.person("ada")
    address = f"/p/{await submitted(site, ada)}"
    assert await status(ada.http, address) == 200
    assert await status(site.visitor(), address) == await status(site.visitor(), f"/p/{new_id()}") == 404


async def test_a_site_below_a_path_answers_there(forum: Gateway) -> None:
    visitor = forum.visitor()
    assert (await visitor.get("/forum/v1/communities")).status_code == 200
    assert (await visitor.get("/forum/assets/index.js")).text == "let it = 1;"
    assert (await visitor.get("/forum/robots.txt")).text == "User-agent: *"
    page = (await visitor.get("/forum/write")).text
    assert 'src="/forum/assets/index.js"' in page
    assert 'href="/forum/icon.svg"' in page
    assert (await visitor.get("/forum/openapi.json")).json()["servers"] == [{"url": "/forum"}]


@pytest.mark.parametrize("address", ["/", "/forum"])
async def test_the_root_leads_to_the_site_below_its_path(forum: Gateway, address: str) -> None:
    answer = await forum.visitor().get(address)
    assert (answer.status_code, answer.headers["location"]) == (308, "/forum/")


@pytest.mark.parametrize("address", ["/v1/communities", "/forums/v1/communities", "/assets/index.js", "/FORUM/"])
async def test_nothing_else_is_served_outside_of_the_path(forum: Gateway, address: str) -> None:
    answer = await forum.visitor().get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "outside_base_path")
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_probes_need_no_path(forum: Gateway) -> None:
    assert (await forum.visitor().get("/healthz")).status_code == 200
    assert (await forum.visitor().get("/forum/healthz")).status_code == 200


async def test_limits_hold_below_a_path(forum: Gateway) -> None:
    ada = forum.visitor()
    refused = await ada.post("/forum/v1/accounts", content=b" " * (2 * 1024 * 1024))
    assert refused.status_code == 413


@pytest.mark.parametrize(("given", "kept"), [("/a/b/", "/a/b"), ("", ""), ("/", ""), (" /x ", "/x")])
def test_a_base_path_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    assert checked_base_path(given) == kept


@pytest.mark.parametrize("given", ["forum", "/a b", "//x", "/a//b", "/ä", "/a?b", "https://x/y"])
def test_a_wrong_base_path_is_named_at_the_start(given: str) -> None:
    with pytest.raises(ValidationError, match="is not a path like /forum"):
        Settings(base_path=given)


async def submitted(site: Gateway, author: Person) -> str:
    """Submit a post, which stays pending without moderation, and return its id once its author sees it."""
    post_id = new_id()
    (await author.submit(id=post_id)).raise_for_status()

    async def is_shown() -> bool:
        return (await author.http.get(f"/v1/posts/{post_id}")).status_code == 200

    await wait_until(is_shown, "the author sees the post")
    return post_id
