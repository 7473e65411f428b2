"""The screenshots of the documentation, from a fresh installation with the demo posts.

`python -m tests.e2e.screenshots http://127.0.0.1:8700` makes an account there, writes a post and overwrites
docs/screenshots/. They show only the demo's own texts.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from shared.ids import new_id
from tests.chromium import find_chromium
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.provider import running_provider
from tests.e2e.steps import go, use_provider

FOLDER = Path("docs/screenshots")
MAX_BYTES = 250_000  # loads in acceptable time on a slow connection
SETTLED_MS = 1500  # for live updates, fonts, and the browser's spans, which are sent in batches
KETTLE = "Since the new whistle it hums like a tired bee at breakfast.\n\nDoes anybody know how to tune one?"
OFFER = (
    "A man at the bicycle stall told me to invest $500 and get $5,000 back by Christmas. He was very friendly and"
    " had a very good bicycle.\n\nI said that I would ask here first."
)
SOURDOUGH = "My sourdough stays flat"
REWORDED = "A man at the bicycle stall offered me a share in his stall and a large profit by Christmas."


async def _feed(page: Page) -> None:
    await page.goto("/c/reading-room?sort=top")  # votes make the feed explain more
    for nth in range(2):
        await page.get_by_role("button", name="Vote up").nth(nth).click()
    await page.wait_for_timeout(SETTLED_MS)
    await page.goto("/")
    await page.get_by_role("button", name="Why here").nth(1).click()


async def _phone_feed(page: Page) -> None:
    await page.goto("/?sort=hot")


async def _post(page: Page) -> None:
    await page.goto("/c/slow-kitchen?sort=hot")
    await page.get_by_role("link", name=SOURDOUGH).first.click()


async def _composer(page: Page) -> None:
    await page.goto("/write?community=on-foot")
    await page.get_by_label("Title").fill("Is this offer as good as it sounds?")
    await page.get_by_label("Text", exact=True).fill(OFFER)


async def _device(page: Page) -> None:
    await page.goto("/device")


async def _suggestion(page: Page) -> None:
    with running_provider() as provider:
        provider.scores, provider.suggestion = {"spam": 0.6}, REWORDED
        await use_provider(page, provider, "sk-screenshots-0000")
        await go(page, "/write?community=on-foot")
        await page.get_by_label("Title").fill("Is this offer as good as it sounds?")
        await page.get_by_label("Text", exact=True).fill(OFFER)
        await page.get_by_text("Your AI provider").first.wait_for()
        await page.get_by_role("button", name="Suggest another wording").click()
        await page.locator(".suggestion-text").wait_for()
        await page.wait_for_timeout(SETTLED_MS)


async def _timeline(page: Page) -> None:
    await page.goto("/write?community=slow-kitchen")
    await page.get_by_label("Title").fill("Our kettle sings off key")
    await page.get_by_label("Text", exact=True).fill(KETTLE)
    await page.get_by_role("button", name="Post", exact=True).click()
    await page.get_by_text("Decided by the server").wait_for()
    await page.wait_for_timeout(3 * SETTLED_MS)
    await page.get_by_role("link", name="View the timeline").click()


async def _search(page: Page) -> None:
    await page.goto("/search?q=bread+does+not+rise")
    await page.locator(".post-card").first.wait_for()


PICTURES: dict[str, Callable[[Page], Awaitable[None]]] = {
    "feed-desktop": _feed,
    "feed-phone": _phone_feed,
    "post-desktop": _post,
    "composer-desktop": _composer,
    "search-desktop": _search,
    "device-phone": _device,
    "composer-suggestion": _suggestion,
    "timeline-desktop": _timeline,  # last: it writes a post
}


async def take(url: str) -> None:
    """Take every screenshot.

    Raises:
        ValueError: a screenshot is larger than `MAX_BYTES`.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        context = await browser.new_context(base_url=url)
        account = {"handle": f"juniper-{new_id()[-3:]}", "password": "a long pass phrase"}
        await context.request.post("/v1/accounts", data=account)
        await context.request.post("/v1/sessions", data=account)
        page = await context.new_page()
        for name, visit in PICTURES.items():
            await page.set_viewport_size(PHONE if name.endswith("-phone") else DESKTOP)
            await visit(page)
            await page.wait_for_timeout(SETTLED_MS)
            picture = await page.screenshot(path=FOLDER / f"{name}.png")
            if len(picture) > MAX_BYTES:
                raise ValueError(f"{name}.png has {len(picture)} bytes")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1]))
