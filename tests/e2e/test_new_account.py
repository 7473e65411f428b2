"""A new account sees what its votes count, at the vote and on the account page."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.conftest import pictures
from tests.e2e.steps import sign_up

pytestmark = pytest.mark.e2e


async def test_a_new_account_sees_what_its_votes_count(window: BrowserContext) -> None:
    page, _ = await sign_up(window)
    card = page.locator(".post-card").first
    up, count = card.get_by_role("button", name="Vote up"), card.locator(".vote-count")
    before = await count.inner_text()
    await up.click()
    await expect(page.locator(".notice")).to_contain_text("Your account is new, so your vote counts 10% of a vote.")
    await expect(up).to_have_attribute("aria-pressed", "true")
    await expect(count).to_have_text(before)

    await page.goto("/account")
    await expect(page.get_by_role("heading", name="Your votes and reports")).to_be_visible()
    await expect(page.get_by_text("count 10% of those of others")).to_be_visible()
    await pictures(page, "account-vote-weight", full_page=True)
