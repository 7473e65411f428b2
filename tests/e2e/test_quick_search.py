"""Local search: immediate, stable, and without removed posts."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.device_model import turn_on_by_button
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
PASSWORD = "a long pass phrase"


async def search_screen(window: BrowserContext) -> Page:
    """Opens the search screen and waits until the posts are on the device."""
    page = await window.new_page()
    async with page.expect_response(re.compile("/v1/device/pack")):
        await page.goto("/search")
    return page


async def titles(page: Page) -> list[str]:
    return await page.locator(".local-result h2").all_inner_texts()


async def test_local_results_appear_without_an_answer_of_the_server(window: BrowserContext) -> None:
    page = await search_screen(window)
    await page.route("**/v1/search**", lambda route: None)  # never answered
    await page.get_by_role("searchbox").last.press_sequentially("sourd", delay=20)
    await expect(page.locator(".local-result").first).to_contain_text("sourdough")


async def test_server_results_are_added_below_and_move_nothing(window: BrowserContext) -> None:
    page = await search_screen(window)
    waiting: list[Route] = []
    await page.route("**/v1/search**", lambda route: waiting.append(route))
    async with page.expect_request("**/v1/search**"):
        await page.get_by_role("searchbox").last.fill("sourdough")
    await expect(page.locator(".local-result").first).to_be_visible()
    before = await titles(page)
    place = await page.locator(".local-result").last.bounding_box()
    for route in waiting:
        await route.continue_()
    await expect(page.locator(".post-card").first).to_be_visible()
    assert await titles(page) == before
    assert await page.locator(".local-result").last.bounding_box() == place


async def test_a_withdrawn_post_disappears_from_page_and_device(
    window: BrowserContext, product: RunningInstallation
) -> None:
    author = await window.new_page()
    await author.goto("/sign-up")
    await author.get_by_label("Handle").fill("quick-author")
    await author.get_by_label("Password").fill(PASSWORD)
    await author.get_by_role("button", name="Create account").click()
    post = """async ([method, path, body]) => {
      const me = await (await fetch("/v1/me")).json();
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": me.csrf_token };
      return (await fetch(path, { method, headers, body: body && JSON.stringify(body) })).status;
    }"""
    await expect(author.get_by_role("link", name="Write").first).to_be_visible()
    post_id = "0198c0de-7e57-7abc-8def-0123456789ab"
    body = {"id": post_id, "community": "slow-kitchen", "title": "Quincemarmalade diary", "body": "It sets."}
    assert await author.evaluate(post, ["POST", "/v1/posts", body]) == 202
    page = await search_screen(window)
    await page.get_by_role("searchbox").last.fill("quincemarm")
    await expect(page.locator(".local-result, .post-card").first).to_contain_text("Quincemarmalade")
    assert await author.evaluate(post, ["DELETE", f"/v1/posts/{post_id}", None]) in (200, 202, 204)
    await expect(page.locator(".local-result, .post-card").filter(has_text="Quincemarmalade")).to_have_count(0)
    await page.wait_for_function(
        "async () => !(await (await (await caches.open('ottit-quick')).match('/quick/shelf')).text())"
        ".includes('Quincemarmalade')"
    )


async def test_a_snapshot_in_a_newer_format_is_refused_and_reported(window: BrowserContext) -> None:
    page = await window.new_page()

    async def newer(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.body()).replace(b'"format":1', b'"format":2'))

    await page.route("**/v1/device/pack**", newer)
    await page.goto("/search")
    await page.get_by_role("searchbox").last.fill("sourdough")
    await expect(page.get_by_text("This page is older than the server")).to_be_visible()
    await expect(page.locator(".post-card").first).to_be_visible()


@pytest.mark.usefixtures("model_here")
async def test_with_the_model_local_search_finds_by_meaning(window: BrowserContext) -> None:
    page = await window.new_page()
    await turn_on_by_button(page)
    await page.route("**/v1/search**", lambda route: None)
    await page.get_by_role("searchbox").first.fill("bread does not rise")
    await page.keyboard.press("Enter")
    await expect(page.locator(".local-result").filter(has_text="sourdough").first).to_contain_text("meaning")
