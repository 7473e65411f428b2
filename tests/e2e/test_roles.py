"""Appointments and removals in the browser and on the command line, followed by an open page."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from tests.e2e.conftest import DESKTOP, pictures
from tests.e2e.steps import signed_in, signed_up
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, product: RunningInstallation) -> AsyncIterator[list[BrowserContext]]:
    contexts = [await browser.new_context(viewport=DESKTOP, base_url=product.url) for _ in range(2)]
    yield contexts
    for context in contexts:
        await context.close()


async def test_an_appointment_and_a_removal_reach_an_open_page(
    windows: list[BrowserContext], admin_handle: str, product: RunningInstallation
) -> None:
    admin = await signed_in(windows[0], admin_handle)
    member, handle = await signed_up(windows[1])
    await member.goto("/me")
    menu = member.get_by_role("main")
    review = menu.get_by_role("link", name="Review held posts")
    await expect(menu.get_by_role("link", name="My profile")).to_be_visible()
    await expect(review).to_have_count(0)

    await admin.get_by_role("main").get_by_role("link", name="Roles").click()
    await admin.get_by_label("Handle").fill(handle)
    await admin.get_by_label("Moderates").select_option("on-foot")
    await admin.get_by_role("button", name="Appoint").click()
    row = admin.get_by_role("listitem").filter(has_text=handle)
    await expect(row).to_contain_text("Moderator of on-foot")
    await expect(review).to_be_visible()
    await pictures(admin, "roles-list")
    listed = product.ottit("roles", "list")
    assert re.search(rf"{handle} +moderator:on-foot", listed.stdout), listed.stdout + listed.stderr

    admin.on("dialog", lambda dialog: dialog.accept())
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)
    await expect(review).to_have_count(0)

    await admin.goto("/audit")
    await expect(admin.get_by_text(f"{admin_handle} took a role from {handle}: Moderator of on-foot")).to_be_visible()
    await pictures(admin, "roles-audit")


async def test_the_command_line_appoints_removes_and_refuses(
    windows: list[BrowserContext], product: RunningInstallation
) -> None:
    _, handle = await signed_up(windows[0])
    appointed = product.ottit("roles", "appoint", handle, "moderator")
    assert appointed.stdout == f"{handle} is moderator of all communities.\n", appointed.stderr
    wrong = product.ottit("roles", "appoint", handle, "admin", "--community", "on-foot")
    assert wrong.returncode == 2
    removed = product.ottit("roles", "remove", handle, "moderator")
    assert removed.returncode == 0, removed.stderr
    again = product.ottit("roles", "remove", handle, "moderator")
    assert (again.returncode, "does not have the role" in again.stderr) == (1, True)
    log = product.ottit("roles", "log").stdout
    assert re.search(rf"operator +role_revoked +{handle} +moderator\n", log)
