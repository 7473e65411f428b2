"""Previews, decisions, and the report on their differences."""

import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from tests.e2e.conftest import shots
from tests.e2e.steps import PASSWORD, signed_in, signed_up, submit
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture(loop_scope="session")
async def admin(product: RunningInstallation, admin_handle: str) -> httpx.AsyncClient:
    """An API client with the session of an administrator."""
    http = httpx.AsyncClient(base_url=product.url, timeout=TIMEOUT_S)
    (await http.post("/v1/sessions", json={"handle": admin_handle, "password": PASSWORD})).raise_for_status()
    return http


async def distance(http: httpx.AsyncClient) -> dict[str, Any]:
    report: dict[str, Any] = (await http.get("/v1/drift", params={"window": "day"})).raise_for_status().json()
    return dict(report["total"])


async def test_a_preview_and_its_decision_count_as_one_agreement(
    window: BrowserContext, admin: httpx.AsyncClient
) -> None:
    before = (await distance(admin))["agreement"]["count"]
    page, _ = await signed_up(window)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.post_data or "") if _tells_previews(request.url) else None)
    await submit(page, "A lid for the blue pan", "Somebody left it on the wall by the well, washed and dry.")
    await expect(page.get_by_text(re.compile("Decided by the server"))).to_be_visible()

    async def agreed() -> bool:
        # The record of an earlier test's post may be folded only now, so there may be more than one more.
        return bool(told) and (await distance(admin))["agreement"]["count"] > before

    await wait_until(agreed, "one more agreement, once record and facts are folded")
    assert not any(word in body for body in told for word in ("blue pan", "washed", "wall"))


def _tells_previews(url: str) -> bool:
    return url.endswith("/v1/previews")


async def test_moderators_see_the_report_and_members_do_not(
    browser: Browser, product: RunningInstallation, window: BrowserContext, admin_handle: str
) -> None:
    member, _ = await signed_up(window)
    await member.goto("/drift")
    await expect(member.get_by_text("This page is for moderators.")).to_be_visible()
    moderator = await signed_in(await browser.new_context(base_url=product.url), admin_handle)
    await moderator.goto("/drift")
    await expect(moderator.get_by_role("term").filter(has_text="False reassurance")).to_be_visible()
    await expect(moderator.get_by_text("Nothing to compare")).to_be_visible()
    for width, height in ((390, 844), (1280, 900)):
        await moderator.set_viewport_size({"width": width, "height": height})
        await moderator.emulate_media(color_scheme="light")
        await moderator.screenshot(path=shots(f"drift-light-{width}"), full_page=True)
        await moderator.emulate_media(color_scheme="dark")
        await moderator.screenshot(path=shots(f"drift-dark-{width}"), full_page=True)
