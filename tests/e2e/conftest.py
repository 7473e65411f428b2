"""One running product for the tests that only use it, and a browser."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, BrowserType, Page, ViewportSize, async_playwright, expect

from tests.chromium import find_chromium
from tests.e2e.device_model import model_folder
from tests.e2e.provider import Provider, running_provider
from tests.e2e.steps import new_admin, signed_up
from tests.identity_provider import IdentityProvider, running_identity_provider, variables_of
from tests.running_installation import RunningInstallation, running_installation

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright's default for everything else: enough for a first pass of the encoder or a gateway's restart on two cores.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def identity_provider() -> Iterator[IdentityProvider]:
    """The identity provider of the product."""
    with running_identity_provider() as running:
        yield running


@pytest.fixture(scope="session")
def product(
    tmp_path_factory: pytest.TempPathFactory, identity_provider: IdentityProvider
) -> Iterator[RunningInstallation]:
    """Ottit with the demo posts, as after `ottit up` and `ottit demo`, with high rate limits."""
    settings = {"OTTIT_RATE_SCALE": "1000", "OTTIT_DRIFT_FEWEST_PEOPLE": "1", **variables_of(identity_provider)}
    with running_installation(tmp_path_factory.mktemp("product"), **settings) as running:
        identity_provider.redirect_uris.append(f"{running.url}/sign-in/return")
        loaded = running.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield running


@pytest.fixture(scope="session")
def admin_handle(product: RunningInstallation) -> str:
    """The handle of an administrator, shared because creating one takes a second."""
    return new_admin(product)


@dataclass
class Chromium:
    """A headless Chromium that all tests of a worker share: starting one takes longer than most tests."""

    kind: BrowserType
    executable: Path
    running: Browser | None = None

    async def browser(self) -> Browser:
        """The running browser, started again if it has crashed."""
        if self.running is None or not self.running.is_connected():
            self.running = await self.kind.launch(executable_path=self.executable, args=FLAGS)
        return self.running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """The Chromium of this machine. Tests that use it run in the event loop of the session (tests/conftest.py)."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine: python -m tests.chromium installs one")
    async with async_playwright() as playwright:
        shared = Chromium(playwright.chromium, executable)
        yield shared
        if shared.running:
            await shared.running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """The browser without windows; windows that the test leaves open are closed."""
    running = await chromium.browser()
    others = running.contexts
    yield running
    for context in running.contexts:
        if context not in others:
            await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser, product: RunningInstallation) -> AsyncIterator[BrowserContext]:
    """A fresh desktop window on the product that fails the test when a page throws or breaks the CSP."""
    errors: list[str] = []
    context = await browser.new_context(viewport=DESKTOP, base_url=product.url)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    yield context
    await context.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(window: BrowserContext) -> Page:
    """A page of a new user."""
    return (await signed_up(window))[0]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of a language model that allows every page."""
    with running_provider() as running:
        yield running


@pytest.fixture(scope="session")
def model_here() -> None:
    """Skip the test if there is no model for devices."""
    model_folder()


def shots(name: str) -> Path:
    """Return the path for a screenshot that people look at."""
    folder = Path("test-results")
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.png"


async def pictures(page: Page, name: str, *, full_page: bool = False) -> None:
    """Take screenshots for people: wide, phone, and dark."""
    for size, view, scheme in (("wide", DESKTOP, "light"), ("phone", PHONE, "light"), ("dark", PHONE, "dark")):
        await page.set_viewport_size(view)
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.screenshot(path=shots(f"{name}-{size}"), full_page=full_page)
    await page.set_viewport_size(DESKTOP)
    await page.emulate_media(color_scheme="light")
