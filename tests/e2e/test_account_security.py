"""The account page: password, recovery codes, sessions, and a new password without the old one."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import pictures
from tests.e2e.steps import PASSWORD, signed_up
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
NEW = "rainy tulips counting"


async def test_a_password_is_changed_lost_and_recovered(window: BrowserContext) -> None:
    page, handle = await signed_up(window)
    await page.goto("/account")
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_label("New password").fill(f"{handle}1")
    await expect(page.get_by_text("The password contains your handle.")).to_be_visible()
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_text("Your password is changed.")).to_be_visible()
    await page.get_by_role("button", name="Create recovery codes").click()
    await expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    code = await page.locator(".codes code").first.inner_text()
    await pictures(page, "account-security", full_page=True)

    await page.goto("/me")
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/sign-in")
    await page.get_by_role("link", name="Forgot your password?").click()
    await page.get_by_label("Handle").first.fill(handle)
    await page.get_by_label("Recovery code").fill(code)
    await page.get_by_label("New password").fill(PASSWORD)
    await pictures(page, "account-reset", full_page=True)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_text("Your password is set.")).to_be_visible()
    await expect(page.get_by_role("link", name="Create an account")).to_be_visible()
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible()


async def test_an_operators_link_sets_a_new_password(window: BrowserContext, product: RunningInstallation) -> None:
    page, handle = await signed_up(window)
    printed = product.ottit("user", "reset-password", handle)
    assert printed.returncode == 0, printed.stderr
    await page.goto(printed.stdout.strip())
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_text("Your password is set.")).to_be_visible()
    unknown = product.ottit("user", "reset-password", "nobody-here")
    assert unknown.returncode != 0
    assert "nobody-here" in unknown.stderr


def refuse_once() -> Callable[[Route], Awaitable[None]]:
    """Answer the first request as the server does after ten minutes, and let the others through."""
    problem = {"code": "proof_needed", "title": "You are not allowed to do this", "status": 403, "detail": ""}
    answers = iter([problem])

    async def answer(route: Route) -> None:
        refusal = next(answers, None)
        await (route.fulfill(status=403, json=refusal) if refusal else route.continue_())

    return answer


async def test_a_sensitive_change_asks_for_the_password_again(page: Page) -> None:
    await page.route("**/v1/me/recovery-codes", refuse_once())
    await page.goto("/account")
    await page.get_by_role("button", name="Create recovery codes").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await pictures(page, "account-proof", full_page=True)
    await dialog.get_by_role("button", name="Confirm", exact=True).click()
    await expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    await expect(dialog).to_be_hidden()
