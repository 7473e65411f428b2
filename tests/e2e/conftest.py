"""One running product for the tests that only use it, and a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from deploy.local.chromium import find_chromium
from deploy.local.testing import RunningHouse, running_house

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """Ottit with the demo posts, as `ottit up` and `ottit demo` leave it; rates are those of a load test."""
    with running_house(tmp_path_factory.mktemp("product"), OTTIT_RATE_SCALE="1000") as running:
        loaded = running.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine: python -m deploy.local.chromium installs one")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def window(browser: Browser, product: RunningHouse) -> AsyncIterator[BrowserContext]:
    """A fresh desktop window on the product that fails the test when a page throws or breaks the CSP."""
    troubles: list[str] = []
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, base_url=product.url)
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda line: troubles.append(line.text) if "Content Security" in line.text else None)
    yield context
    await context.close()
    assert troubles == []


def shots(name: str) -> Path:
    """Where a screenshot for a person goes."""
    folder = Path("test-results")
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.png"
