"""Messages and kept texts of the page when the connection to the server fails."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.steps import PASSWORD, TEXT, TITLE, write
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
KEPT = "Your text is kept on this device."
BROKEN = {"title": "Internal error", "status": 500, "code": "internal", "detail": "it broke"}


async def own_posts(page: Page) -> list[dict[str, Any]]:
    """Reads the user's posts from the server."""
    items: list[dict[str, Any]] = (await (await page.request.get("/v1/me/posts")).json())["items"]
    return items


async def expect_decision(page: Page) -> None:
    """Waits until the status bar shows the server's decision."""
    await expect(page.get_by_text(re.compile("Decided by the server in .* published"))).to_be_visible()


@contextmanager
def gateway_outage(product: RunningInstallation) -> Iterator[None]:
    """Kill the gateway; the launcher, which restarts it within a second or two, stands still until the block ends."""
    assert product.process
    product.process.send_signal(signal.SIGSTOP)
    os.kill(product.pid_of("gateway"), signal.SIGKILL)
    try:
        yield
    finally:
        product.process.send_signal(signal.SIGCONT)


async def test_a_text_survives_an_outage_of_the_gateway_and_is_sent_once(
    page: Page, product: RunningInstallation
) -> None:
    await write(page)
    with gateway_outage(product):
        await page.get_by_role("button", name="Post", exact=True).click()
        await expect(page.get_by_text("The server is not responding.")).to_be_visible()
        await expect(page.locator(".status-bar")).to_contain_text(KEPT)
        await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
        await expect(page.locator(".offline-line")).to_contain_text("The server cannot be reached.")
        await expect(page.locator(".top-handle")).to_be_visible()

    await expect(page.locator(".offline-line")).to_have_count(0)
    await expect(page.locator(".top-handle")).to_be_visible()
    await expect_decision(page)
    assert [post["title"] for post in await own_posts(page)] == [TITLE]


async def test_a_text_is_sent_by_itself_after_the_broker_was_paused(page: Page, product: RunningInstallation) -> None:
    await write(page)
    broker = product.pid_of("broker")
    os.kill(broker, signal.SIGSTOP)
    try:
        await page.get_by_role("button", name="Post", exact=True).click()
        # The gateway waits up to 15 s for the broker before it says that the outcome is unknown.
        await expect(page.locator(".status-bar")).to_contain_text("Sending it again in", timeout=60_000)
        await expect(page.get_by_role("button", name="Stop trying")).to_be_visible()
        await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    finally:
        os.kill(broker, signal.SIGCONT)
    await expect(page.get_by_text(re.compile("Decided by the server in .* published"))).to_be_visible(timeout=60_000)
    assert [post["title"] for post in await own_posts(page)] == [TITLE]


async def test_a_waiting_text_is_sent_by_itself_after_the_page_was_reloaded(
    page: Page, product: RunningInstallation
) -> None:
    async def refuse(route: Route) -> None:
        problem = {"title": "Overloaded", "status": 503, "code": "overloaded", "detail": "busy"}
        await route.fulfill(status=503, json=problem, content_type="application/problem+json")

    await write(page)
    await page.route("**/v1/posts", refuse)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator(".status-bar")).to_contain_text("Sending it again in")
    await page.reload()
    await expect(page.locator(".status-bar")).to_contain_text("Sending it again in")
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    await page.goto("/")  # the composer is left: the text waits in the background
    await expect(page.locator(".notice")).to_contain_text("It is being sent again")
    await page.unroute("**/v1/posts")
    await expect(page.locator(".notice").filter(has_text="Your waiting text was sent.")).to_be_visible(timeout=60_000)
    assert [post["title"] for post in await own_posts(page)] == [TITLE]
    await page.goto("/write")
    await expect(page.get_by_label("Text", exact=True)).to_have_value("")


async def test_an_idle_page_notices_an_outage_and_its_end(page: Page, product: RunningInstallation) -> None:
    await expect(page.get_by_text("decisions appear automatically")).to_be_visible()
    with gateway_outage(product):
        await expect(page.locator(".offline-line")).to_contain_text("The server cannot be reached.")
        await expect(page.locator(".post-card").first).to_be_visible()
    await expect(page.locator(".offline-line")).to_have_count(0)
    await expect(page.get_by_text("decisions appear automatically")).to_be_visible()


async def test_a_lost_answer_makes_no_second_post(page: Page) -> None:
    sent: list[str] = []

    async def lose_the_first_answer(route: Route) -> None:
        sent.append(str((route.request.post_data_json or {}).get("id")))
        await route.fetch()
        await (route.abort() if len(sent) == 1 else route.continue_())

    await write(page)
    await page.route("**/v1/posts", lose_the_first_answer)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect_decision(page)
    assert sent == [sent[0]] * 2
    assert len(await own_posts(page)) == 1


async def test_a_failed_request_is_repeated_when_the_browser_is_online_again(
    page: Page, window: BrowserContext
) -> None:
    title = page.locator(".post-title a").first
    name = await title.inner_text()
    await window.set_offline(True)
    await expect(page.get_by_text("You are offline. Loaded pages stay readable")).to_be_visible()
    await title.click()
    await expect(page.locator(".failure")).to_contain_text("You are offline.")

    await window.set_offline(False)
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    await expect(page.locator(".failure, .offline-line")).to_have_count(0)


async def test_a_failed_request_is_reported_in_its_place(page: Page) -> None:
    async def fail(route: Route) -> None:
        await route.fulfill(status=500, json=BROKEN, content_type="application/problem+json")

    await page.route("**/v1/search?*", fail, times=1)
    await page.goto("/search?q=sourdough")
    await expect(page.get_by_text("The server could not do this right now.")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".post-card").first).to_be_visible()

    await page.route("**/vote", fail, times=1)
    up = page.get_by_role("button", name="Vote up").first
    await up.click()
    await expect(page.locator(".notice")).to_contain_text("Your vote was not counted.")
    await expect(up).to_have_attribute("aria-pressed", "false")


async def test_a_session_that_ends_while_writing_loses_no_text(page: Page, window: BrowserContext) -> None:
    handle = await page.locator(".top-handle").inner_text()
    await write(page)
    await window.clear_cookies()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.locator(".status-bar")).to_contain_text(f"{KEPT} Sign in again to continue.")
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)

    await page.locator("form").get_by_role("link", name="Sign in").click()
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect_decision(page)
