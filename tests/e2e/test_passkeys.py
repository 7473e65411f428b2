"""Passkeys in Chromium with its virtual authenticator: add, confirm, sign in, remove."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import DESKTOP, pictures
from tests.e2e.steps import sign_up
from tests.e2e.test_account_security import refuse_once
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest_asyncio.fixture(loop_scope="session")
async def keyed(browser: Browser, product: RunningInstallation) -> AsyncIterator[Page]:
    """The page of a new user whose browser has an authenticator. An IP address cannot have passkeys."""
    address = product.url.replace("127.0.0.1", "localhost")
    context = await browser.new_context(viewport=DESKTOP, base_url=address)
    page, _ = await sign_up(context)
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield page
    await context.close()


async def test_a_passkey_is_added_signs_in_confirms_and_is_removed(keyed: Page) -> None:
    page = keyed
    await page.goto("/account")
    await page.get_by_label("Name of the new passkey").fill("my phone")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_text("The passkey is added.")).to_be_visible()
    await expect(page.get_by_role("button", name="Remove the passkey my phone")).to_be_visible()
    await pictures(page, "account-passkeys", full_page=True)

    await page.goto("/me")
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/sign-in")
    await pictures(page, "account-sign-in", full_page=True)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible()

    await page.route("**/v1/me/recovery-codes", refuse_once())
    await page.goto("/account")
    await page.get_by_role("button", name="Create recovery codes").click()
    await page.get_by_role("button", name="Confirm with a passkey").click()
    await expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    await page.get_by_role("button", name="Remove the passkey my phone").click()
    await expect(page.get_by_text("The passkey is removed.")).to_be_visible()

    await page.goto("/me")
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("This passkey belongs to no account here.")).to_be_visible()


async def test_a_page_that_was_opened_by_an_address_leads_to_a_host_name(page: Page) -> None:
    await page.goto("/account")
    link = page.get_by_role("link", name="open this page at localhost")
    await expect(link).to_have_attribute("href", page.url.replace("127.0.0.1", "localhost"))
    await expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
