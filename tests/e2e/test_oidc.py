"""Sign-in by an identity provider in Chromium: sign up, unlink, link, sign in, confirm."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from shared.ids import new_id
from tests.e2e.conftest import pictures
from tests.e2e.steps import PASSWORD
from tests.e2e.test_account_security import refuse_once
from tests.identity_provider import IdentityProvider

pytestmark = pytest.mark.e2e
CONTINUE = "Continue with Example University"


async def test_an_account_of_the_provider_signs_up_links_signs_in_and_confirms(
    window: BrowserContext, identity_provider: IdentityProvider
) -> None:
    name = f"Grace {new_id()[-8:]}"
    identity_provider.sign_in_as(name)
    page = await window.new_page()
    await page.goto("/sign-up?to=/communities")
    await page.get_by_role("button", name=CONTINUE).click()
    await expect(page.get_by_text(f"Welcome, {name}.")).to_be_visible()
    await expect(page.get_by_label("Handle")).to_have_value(name.lower().replace(" ", "-"))
    assert "code=" not in page.url
    await pictures(page, "account-new-person")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Communities", level=1)).to_be_visible()

    await page.goto("/account")
    remove = page.get_by_role("button", name=f"Remove the link with {name}")
    await remove.click()
    await expect(page.get_by_text("Set a password first: nothing else would let you in.")).to_be_visible()
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Set a password").click()
    await expect(page.get_by_text("Your password is changed.")).to_be_visible()
    await pictures(page, "account-identities", full_page=True)
    await remove.click()
    await expect(page.get_by_text("The link is removed.")).to_be_visible()
    await page.get_by_role("button", name="Link an account at Example University").click()
    await expect(page.get_by_text("The account is linked. You can sign in with it.")).to_be_visible()
    await expect(remove).to_be_visible()

    await sign_out(page)
    await page.goto("/sign-in")
    await page.get_by_role("button", name=CONTINUE).click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible()

    await page.route("**/v1/me/recovery-codes", refuse_once())
    await page.goto("/account")
    await page.get_by_role("button", name="Create recovery codes").click()
    await page.get_by_role("button", name="Confirm with Example University").click()
    await expect(page.get_by_text("Thank you. Now repeat what you wanted to do.")).to_be_visible()
    await page.get_by_role("button", name="Create recovery codes").click()
    await expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()


async def test_somebody_who_gives_up_at_the_provider_reads_what_happened(window: BrowserContext) -> None:
    page = await window.new_page()
    await page.goto("/sign-in/return?error=access_denied&state=x")
    await expect(page.get_by_text("You did not sign in there, so nothing has changed here.")).to_be_visible()
    await page.goto("/sign-in/return?error=invalid_scope&error_description=<b>Enter%20your%20password</b>")
    await expect(page.get_by_text("The identity provider did not let you in: invalid_scope.")).to_be_visible()
    await page.goto("/sign-in/return?code=forged&state=forged")
    await expect(page.get_by_text("This took too long, or was sent twice.")).to_be_visible()
    await page.get_by_role("link", name="Back to sign-in").click()
    await expect(page.get_by_role("button", name=CONTINUE)).to_be_visible()


async def sign_out(page: Page) -> None:
    await page.goto("/me")
    await page.get_by_role("button", name="Sign out").click()
