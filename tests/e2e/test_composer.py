"""The composer with each preview tier and with suggestions."""

from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.provider import Provider
from tests.e2e.steps import TEXT, go, signed_up, use_provider, write

pytestmark = pytest.mark.e2e
KEY = "sk-only-for-this-test"
OFFER = "Guaranteed returns: invest $500 and get $5,000 within a week!"
DRAFT = f"Thank you for the recipe. {OFFER} See you soon."
# As the Prompt API would answer in a browser that has a model of its own.
BROWSER_MODEL = """
globalThis.promptsOfThisTest = [];
globalThis.LanguageModel = {
  availability: async () => 'available',
  create: async () => ({
    prompt: async (words) => { globalThis.promptsOfThisTest.push(words); return 'Words of the browser.'; },
    destroy: () => undefined,
  }),
};
"""


async def test_a_server_check_counts_for_exactly_this_text_and_has_a_receipt(
    page: Page, window: BrowserContext
) -> None:
    await window.grant_permissions(["clipboard-read", "clipboard-write"])
    await write(page)
    source = page.locator(".status-bar-source")
    await expect(source).to_have_text("Rules on this device")
    await expect(page.locator(".status-bar-headline")).to_have_text("Likely published")
    await page.get_by_role("button", name="Check with the server").click()
    await expect(source).to_have_text("Server check")
    await page.get_by_role("button", name="Copy the receipt").click()
    receipt = await page.evaluate("() => navigator.clipboard.readText().then(JSON.parse)")
    assert set(receipt) >= {"statement", "signature", "key_id"}

    body = page.get_by_label("Text", exact=True)
    await body.press_sequentially("!")
    await expect(source).not_to_contain_text("Server check")
    await body.press("Backspace")
    await expect(source).to_have_text("Server check")


async def test_a_rate_limit_on_server_checks_is_explained(page: Page) -> None:
    async def refuse(route: Route) -> None:
        problem = {"title": "Slow down a little", "status": 429, "code": "too_many_requests", "detail": ""}
        headers = {"content-type": "application/problem+json", "retry-after": "17"}
        await route.fulfill(status=429, json=problem, headers=headers)

    await page.route("**/v1/previews/check", refuse)
    await write(page)
    await page.get_by_role("button", name="Check with the server").click()
    await expect(page.locator(".status-bar")).to_contain_text("Too many requests in a short time.")
    await expect(page.locator(".status-bar")).to_contain_text("Try again in 17 seconds.")
    await expect(page.get_by_role("button", name="Post", exact=True)).to_be_enabled()


async def test_a_rewording_is_shown_as_a_diff_and_can_be_dismissed_used_and_undone(
    page: Page, provider: Provider
) -> None:
    provider.suggestion = "A friend offered me something with large returns."
    await use_provider(page, provider, KEY)
    await write(page, DRAFT)
    body = page.get_by_label("Text", exact=True)
    await page.get_by_role("button", name="Suggest another wording").click()
    card = page.locator(".suggestion")
    await expect(card.locator("ins").first).to_be_visible()
    await expect(card.locator("del").first).to_be_visible()
    await expect(body).to_have_value(DRAFT)

    await page.keyboard.press("Escape")
    await expect(card).to_have_count(0)
    await expect(body).to_have_value(DRAFT)

    await page.get_by_role("button", name="Suggest another wording").click()
    await page.get_by_role("button", name="Use it").click()
    await expect(body).to_have_value(DRAFT.replace(OFFER, provider.suggestion))
    await page.keyboard.press("Control+z")
    await expect(body).to_have_value(DRAFT)


async def test_a_suggestion_disappears_when_its_words_change(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, KEY)
    await write(page, "It was late.")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("button", name="Use it")).to_be_visible()
    await page.get_by_label("Text", exact=True).press_sequentially(" Very.")
    await expect(page.locator(".suggestion")).to_have_count(0)


async def test_the_browsers_own_model_suggests_and_never_previews(window: BrowserContext) -> None:
    await window.add_init_script(BROWSER_MODEL)
    page, _ = await signed_up(window)
    await write(page)
    await page.wait_for_timeout(3000)  # longer than any tier waits
    assert await page.evaluate("() => promptsOfThisTest.length") == 0
    await expect(page.locator(".status-bar-source")).to_have_text("Rules on this device")
    await page.get_by_role("button", name="Suggest a title").click()
    await expect(page.locator(".suggestion")).to_contain_text("by your browser’s model")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.get_by_label("Title")).to_have_value("Words of the browser.")


async def test_suggestions_are_not_offered_without_a_model(page: Page) -> None:
    await write(page, DRAFT)
    await expect(page.locator(".status-bar.held")).to_be_visible()
    await expect(page.locator(".suggest-bar")).to_have_count(0)
    await expect(page.get_by_role("button", name="Suggest another wording")).to_have_count(0)


async def test_posting_works_with_every_switch_off(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, KEY)
    for name in ("Rules", "Your AI provider", "Server check", "Titles and wording"):
        await page.get_by_role("switch", name=name, exact=True).uncheck()
    await write(page, DRAFT)
    await page.wait_for_timeout(2500)
    assert provider.calls == []
    await expect(page.locator(".status-bar-headline")).to_have_text("No preview right now.")
    await expect(page.get_by_role("button", name="Check with the server")).to_have_count(0)
    await expect(page.locator(".suggest-bar")).to_have_count(0)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Decided by the server")).to_be_visible()


async def test_offline_the_rules_still_run_and_the_text_is_kept(
    page: Page, window: BrowserContext, provider: Provider
) -> None:
    await use_provider(page, provider, KEY)
    await write(page, "Hello.")
    await window.set_offline(True)
    body = page.get_by_label("Text", exact=True)
    await body.fill(DRAFT)
    await expect(page.locator(".status-bar.held")).to_be_visible()
    await expect(page.locator(".highlight-overlay mark")).to_contain_text("invest $500")
    await window.set_offline(False)
    await expect(body).to_have_value(DRAFT)


async def test_an_unsigned_policy_gives_no_preview(page: Page) -> None:
    async def strip(route: Route) -> None:
        answer = await route.fetch()
        policy: dict[str, Any] = await answer.json()
        await route.fulfill(response=answer, json={**policy, "signature": None})

    await page.route("**/v1/policy", strip)
    await page.reload()
    await write(page, DRAFT)
    await expect(page.locator(".status-bar-headline")).to_have_text("No preview right now.")
    await expect(page.locator(".status-bar")).to_contain_text("the server decides")
    await expect(page.locator(".highlight-overlay mark")).to_have_count(0)
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Decided by the server")).to_be_visible()


async def test_nothing_below_the_text_moves_while_tiers_run(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, KEY)
    provider.mode = "slow"
    await write(page)
    button = page.get_by_role("button", name="Post", exact=True)
    before = await button.bounding_box()
    await expect(page.locator(".status-bar-source")).to_contain_text("asking your AI provider")
    during = await button.bounding_box()
    await page.get_by_role("button", name="Suggest a title").click()
    await expect(page.get_by_role("button", name="Use it")).to_be_visible()
    assert before == during == await button.bounding_box()


async def test_the_composer_works_with_the_keyboard_alone(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, KEY)
    await go(page, "/write?community=slow-kitchen")
    await page.get_by_label("Text", exact=True).focus()
    await page.keyboard.type(TEXT)
    await reach(page, "Check with the server")
    await page.keyboard.press("Enter")
    await expect(page.locator(".status-bar-source")).to_contain_text("Server check")
    await reach(page, "Suggest a title")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Use it")).to_be_visible()
    await reach(page, "Use it")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Title")).to_have_value(provider.suggestion)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("Decided by the server")).to_be_visible()


async def reach(page: Page, name: str) -> None:
    """Tab until a button has the focus.

    Raises:
        AssertionError: it never gets it.
    """
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.get_by_role("button", name=name).and_(page.locator(":focus")).count():
            return
    raise AssertionError(name)
