"""A site below a path of its host: every address, file, link and request of the page stays below it."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from shared.ids import new_id
from tests.e2e.device_model import turn_on_by_button
from tests.e2e.steps import PASSWORD, TEXT, TITLE
from tests.running_installation import RunningInstallation, running_installation

pytestmark = pytest.mark.e2e
BASE = "/a/forum"


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """An installation below a path, with the demo posts loaded by the command line."""
    settings = {"OTTIT_BASE_PATH": BASE, "OTTIT_RATE_SCALE": "1000"}
    with running_installation(tmp_path_factory.mktemp("forum"), **settings) as running:
        loaded = running.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        assert f"{running.url}" in running.output
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh window."""
    yield await browser.new_context(viewport={"width": 1280, "height": 900})


async def test_everything_that_a_person_does_stays_below_the_path(
    forum: RunningInstallation, context: BrowserContext
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page = await context.new_page()
    await sign_up(page, forum)
    await write(page)
    await page.reload()
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="Ottit, home").click()
    await expect(page).to_have_url(f"{forum.url}/")
    await page.get_by_role("searchbox").first.fill("tomatoes")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{forum.url}/search?q=tomatoes")
    await expect(page.get_by_role("article").first).to_be_visible()
    assert [path for path in asked if not path.startswith(f"{BASE}/")] == []
    assert {f"{BASE}/v1/stream", f"{BASE}/v1/me"} <= {*asked}


@pytest.mark.usefixtures("model_here")
async def test_the_model_on_the_device_loads_below_the_path(
    forum: RunningInstallation, context: BrowserContext
) -> None:
    page = await context.new_page()
    await turn_on_by_button(page, f"{forum.url}/device")


async def sign_up(page: Page, forum: RunningInstallation) -> None:
    """Sign up with the form."""
    await page.goto(f"{forum.url}/sign-up")
    await page.get_by_label("Handle").fill(f"e2e-{new_id()[-8:]}")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page).to_have_url(f"{forum.url}/")


async def write(page: Page) -> None:
    """Write a post with the form and open it."""
    await page.get_by_role("link", name="Write", exact=True).first.click()
    await page.get_by_role("combobox", name="Community").fill("kitchen")
    await page.get_by_role("option").first.click()
    await page.get_by_label("Title").fill(TITLE)
    await page.get_by_label("Text", exact=True).fill(TEXT)
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.get_by_role("link", name="Open").first.click()
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
