"""Steps that tests of the composer share."""

from playwright.async_api import BrowserContext, Page, expect

from shared.ids import new_id
from tests.e2e.provider import Provider

SLOW_MS = 20_000  # two shared cores
PASSWORD = "a long pass phrase"
TITLE, TEXT = "The lid of the jam jar", "Run it under hot water first, then hit the rim with a spoon."
FOLLOW = "to => { const a = document.createElement('a'); a.href = to; document.body.append(a); a.click(); a.remove() }"


async def signed_up(window: BrowserContext) -> Page:
    """A page of somebody who has just made an account."""
    page = await window.new_page()
    page.set_default_timeout(SLOW_MS)
    await page.goto("/sign-up")
    await page.get_by_label("Handle").fill(f"writer-{new_id()[-8:]}")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make account").click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible(timeout=SLOW_MS)
    return page


async def use_provider(page: Page, provider: Provider, key: str, keep: str = "Only until this page") -> None:
    """Set up one's own provider, with a key that is kept as the words say."""
    await page.goto("/device")
    await page.get_by_label("Address").fill(provider.url)
    await page.get_by_label("Model", exact=True).fill("small-model")
    origin = provider.url.removesuffix("/v1")
    async with page.expect_navigation():
        await page.get_by_role("button", name=f"Allow {origin}").click()
    await expect(page.get_by_text(f"This page may talk to {origin}.")).to_be_visible()
    await page.get_by_label("Key (a server on this machine may not need one)").fill(key)
    await page.get_by_label(keep).check()
    await page.get_by_role("button", name="Use this key").click()
    await expect(page.get_by_text(f"ending in {key[-4:]}")).to_be_visible()


async def go(page: Page, address: str) -> None:
    """Follow a link, without a reload."""
    await page.evaluate(FOLLOW, address)


async def write(page: Page, text: str = TEXT, title: str = TITLE) -> None:
    """A text in the composer, reached without a reload; nothing is sent."""
    await go(page, "/write?community=slow-kitchen")
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text", exact=True).fill(text)
