"""What the page says and keeps when something between it and the server breaks."""

import os
import re
import signal
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from deploy.local.testing import RunningHouse
from shared.ids import new_id

pytestmark = pytest.mark.e2e
SLOW_MS = 20_000  # two shared cores, and a gateway that starts again
PASSWORD = "a long pass phrase"
TITLE, TEXT = "The lid of the jam jar", "Run it under hot water first, then hit the rim with a spoon."
KEPT = "Your text is kept on this device."
BROKEN = {"title": "Internal error", "status": 500, "code": "internal", "detail": "it broke"}


@pytest.fixture
async def page(window: BrowserContext) -> Page:
    """A page of somebody who has just made an account."""
    page = await window.new_page()
    page.set_default_timeout(SLOW_MS)
    await page.goto("/sign-up")
    await page.get_by_label("Handle").fill(f"faults-{new_id()[-8:]}")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make account").click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible(timeout=SLOW_MS)
    return page


async def compose(page: Page) -> None:
    """A post that is written and not sent."""
    await page.goto("/write?community=slow-kitchen")
    await page.get_by_label("Title").fill(TITLE)
    await page.get_by_label("Text", exact=True).fill(TEXT)


async def own_posts(page: Page) -> list[dict[str, Any]]:
    """What the server has of this person."""
    items: list[dict[str, Any]] = (await (await page.request.get("/v1/me/posts")).json())["items"]
    return items


async def expect_decision(page: Page) -> None:
    """The strip shows what the server decided."""
    await expect(page.get_by_text(re.compile("Decided by the server in .* published"))).to_be_visible(timeout=SLOW_MS)


async def test_a_text_outlives_the_gateway_and_is_sent_once(page: Page, product: RunningHouse) -> None:
    await compose(page)
    os.kill(product.pid_of("gateway"), signal.SIGKILL)
    await page.get_by_role("button", name="Post", exact=True).click()

    await expect(page.get_by_text("The server does not answer.")).to_be_visible()
    await expect(page.locator(".strip")).to_contain_text(KEPT)
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    await expect(page.locator(".offline-line")).to_contain_text("The server is away.")
    await expect(page.locator(".top-handle")).to_be_visible()

    await expect(page.locator(".offline-line")).to_have_count(0, timeout=SLOW_MS)
    await expect(page.locator(".top-handle")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await expect_decision(page)
    assert [post["title"] for post in await own_posts(page)] == [TITLE]


async def test_a_page_that_only_reads_notices_the_absence_and_the_return(page: Page, product: RunningHouse) -> None:
    await expect(page.get_by_text("new posts and decisions arrive by themselves")).to_be_visible()
    os.kill(product.pid_of("gateway"), signal.SIGKILL)

    await expect(page.locator(".offline-line")).to_contain_text("The server is away.")
    await expect(page.locator(".post-card").first).to_be_visible()
    await expect(page.locator(".offline-line")).to_have_count(0, timeout=SLOW_MS)
    await expect(page.get_by_text("new posts and decisions arrive by themselves")).to_be_visible(timeout=SLOW_MS)


async def test_an_answer_that_got_lost_makes_no_second_post(page: Page) -> None:
    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await compose(page)
    await page.route("**/v1/posts", lose_the_answer, times=1)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator(".strip")).to_contain_text(KEPT)

    await page.get_by_role("button", name="Try again").click()
    await expect_decision(page)
    assert len(await own_posts(page)) == 1


async def test_what_could_not_be_loaded_offline_is_there_after_it(page: Page, window: BrowserContext) -> None:
    title = page.locator(".post-title a").first
    name = await title.inner_text()
    await window.set_offline(True)
    await expect(page.get_by_text("You are offline. What was loaded stays")).to_be_visible()
    await title.click()
    await expect(page.locator(".failure")).to_contain_text("You are offline.")

    await window.set_offline(False)
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=SLOW_MS)
    await expect(page.locator(".failure, .offline-line")).to_have_count(0, timeout=SLOW_MS)


async def test_a_call_that_fails_says_so_where_it_was_made(page: Page) -> None:
    async def fail(route: Route) -> None:
        await route.fulfill(status=500, json=BROKEN, content_type="application/problem+json")

    await page.route("**/v1/search?*", fail, times=1)
    await page.goto("/search?q=sourdough")
    await expect(page.get_by_text("The server could not do this right now.")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".post-card").first).to_be_visible(timeout=SLOW_MS)

    await page.route("**/vote", fail, times=1)
    up = page.get_by_role("button", name="Vote up").first
    await up.click()
    await expect(page.locator(".notice")).to_contain_text("Your vote was not counted.")
    await expect(up).to_have_attribute("aria-pressed", "false")


async def test_a_session_that_ends_while_writing_costs_no_word(page: Page, window: BrowserContext) -> None:
    handle = await page.locator(".top-handle").inner_text()
    await compose(page)
    await window.clear_cookies()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator(".strip")).to_contain_text(f"{KEPT} Sign in again to go on.")
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)

    await page.locator("form").get_by_role("link", name="Sign in").click()
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect_decision(page)
