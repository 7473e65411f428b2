"""A preview in the browser, the decision of the house, and the distance between them on the moderators' page."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from deploy.local.testing import RunningHouse
from shared.ids import new_id
from tests.e2e.conftest import shots
from tests.e2e.test_story import PASSWORD, SLOW_MS, sign_up, write

pytestmark = pytest.mark.e2e


@pytest.fixture
async def admin(product: RunningHouse) -> httpx.AsyncClient:
    """Somebody who may see how far previews and decisions are apart."""
    handle = f"drift-{new_id()[-8:]}"
    made = product.ottit("admin", "create", handle, "--password-stdin", words=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stdout + made.stderr
    http = httpx.AsyncClient(base_url=product.url, headers={"x-handle": handle})
    (await http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD})).raise_for_status()
    return http


async def distance(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/v1/drift", params={"window": "day"})).raise_for_status().json()
    return dict(found["total"])


async def agreements(http: httpx.AsyncClient, at_least: int) -> int:
    """How many there are, once there are so many: records and facts are folded a moment later."""
    for _ in range(100):
        if (count := int((await distance(http))["agreement"]["count"])) >= at_least:
            return count
        await asyncio.sleep(0.1)
    return count


async def test_what_the_browser_said_and_the_house_decided_is_one_agreement(
    window: BrowserContext, admin: httpx.AsyncClient
) -> None:
    before = (await distance(admin))["agreement"]["count"]
    page, _ = await sign_up(window)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.post_data or "") if _tells_previews(request.url) else None)
    await write(page, "A lid for the blue pan", "Somebody left it on the wall by the well, washed and dry.")
    await expect(page.get_by_text(re.compile("Decided by the server"))).to_be_visible(timeout=SLOW_MS)
    assert await agreements(admin, before + 1) == before + 1
    assert told
    assert not any(word in body for body in told for word in ("blue pan", "washed", "wall"))


def _tells_previews(url: str) -> bool:
    return url.endswith("/v1/previews")


async def test_moderators_see_the_distance_and_members_are_told_whom_it_is_for(
    browser: Browser, product: RunningHouse, window: BrowserContext, admin: httpx.AsyncClient
) -> None:
    member, _ = await sign_up(window)
    await member.goto("/drift")
    await expect(member.get_by_text("This is for moderators.")).to_be_visible()
    for theme in ("light", "dark"):
        for width, height in ((390, 844), (1280, 900)):
            size = {"width": width, "height": height}
            context = await browser.new_context(viewport=size, color_scheme=theme, base_url=product.url)  # type: ignore[arg-type]
            page = await context.new_page()
            await sign_in(page, admin.headers["x-handle"])
            await page.goto("/drift")
            await expect(page.get_by_role("term").filter(has_text="False reassurance")).to_be_visible(timeout=SLOW_MS)
            await expect(page.get_by_text("Nothing to compare")).to_be_visible()
            await page.screenshot(path=shots(f"drift-{theme}-{width}"), full_page=True)
            await context.close()


async def sign_in(page: Page, handle: str) -> None:
    """Sign an existing person in."""
    page.set_default_timeout(SLOW_MS)
    await page.goto("/sign-in")
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile(r"/$"), timeout=SLOW_MS)
