"""Accessibility: every screen checked by axe-core in both themes and sizes, and used by keyboard."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from services.gateway.pages.addresses import PAGES
from shared.ids import new_id
from tests.e2e.conftest import DESKTOP, PHONE
from tests.faults.waiting import TIMEOUT_S
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
AXE = Path("client/node_modules/axe-core/axe.min.js")
PASSWORD = "a long pass phrase"
SMALLEST: ViewportSize = {"width": 360, "height": 740}
RULE_FIRES = "Guaranteed returns: invest $500 and get $5,000 within a week!"
UNBROKEN = f"{'Donaudampfschiff' * 20} https://example.com/{'x' * 200} `{'code' * 60}`"

FOLLOW = "to => { const a = document.createElement('a'); a.href = to; document.body.append(a); a.click(); a.remove() }"

# The address of each screen, and an element that it has once it is loaded.
SCREENS = {
    "feed": ("/?sort=hot", ".post-card"),
    "community": ("/c/slow-kitchen?sort=hot", ".post-card"),
    "post with comments": ("/p/{talked_about}", ".comment .comment"),
    "own post that is held": ("/p/{held}", ".state-note"),
    "composer": ("/write", "#body"),
    "composer with a rule": ("/write?community=slow-kitchen", "#body"),
    "edit": ("/p/{held}/edit", "#body"),
    "search": ("/search?q=bread+does+not+rise", ".post-card"),
    "mine": ("/mine", ".state-note"),
    "profile": ("/u/plum", ".post-card"),
    "timeline": ("/p/{held}/timeline", ".chart"),
    "communities": ("/communities", ".community-list li"),
    "sign-in": ("/sign-in", "form.form"),
    "me": ("/me", ".choice"),
    "account": ("/account", ".grant"),
    "this device and AI": ("/device", ".request-log tbody tr"),
    "what looks at my text": ("/readers", ".readers dd"),
    "sign-up": ("/sign-up", "form.form"),
    "new password": ("/reset", "form.form"),
    "new community": ("/new-community", "form.form"),
    "review": ("/review", ".review-list li"),
    "preview accuracy": ("/drift", ".drift-sum, .note, .empty"),
    "roles": ("/roles", ".grant"),
    "audit": ("/audit", ".grant"),
    "return from the provider": ("/sign-in/return", ".empty"),
    "people waiting": ("/applications", "main [role=status]"),
    "invitations": ("/invitations", "form.form"),
    "not found": ("/nothing-here", ".empty"),
}


class Reader:
    """An administrator with a held post of very long words, on a page with axe-core."""

    def __init__(self, page: Page, places: dict[str, str]) -> None:
        self.page, self.places = page, places

    async def open(self, screen: str) -> None:
        """Opens a screen without a reload and waits for its content."""
        address, content = SCREENS[screen]
        await self.page.evaluate(FOLLOW, address.format(**self.places))
        await expect(self.page.locator(content).first).to_be_visible()
        if screen == "composer with a rule":
            await self.page.get_by_label("Text", exact=True).fill(RULE_FIRES)
            await expect(self.page.locator(".status-bar.held")).to_be_visible()
        if screen == "feed":
            await self.page.get_by_role("button", name="Why here").first.click()

    async def findings(self, **options: object) -> list[str]:
        """Returns the violations that axe-core finds on the page."""
        result: dict[str, Any] = await self.page.evaluate(
            "options => axe.run(document, options)", {"resultTypes": ["violations"], **options}
        )
        nodes = [(violation["id"], node) for violation in result["violations"] for node in violation["nodes"]]
        return [f"{rule}: {node['html']} {node['failureSummary']}" for rule, node in nodes]


@pytest.fixture(scope="module")
def person(product: RunningInstallation) -> dict[str, str]:
    """The session cookie, and the ids that the addresses need."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in client/")
    handle, held = f"axe-{new_id()[-8:]}", new_id()
    with httpx.Client(base_url=product.url, timeout=TIMEOUT_S) as http:
        http.post("/v1/accounts", json={"handle": handle, "password": PASSWORD}).raise_for_status()
        appointed = product.ottit("roles", "appoint", handle, "admin")
        assert appointed.returncode == 0, appointed.stdout + appointed.stderr
        session = http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD})
        http.headers["x-csrf-token"] = session.json()["csrf_token"]
        post = {"id": held, "community": "slow-kitchen", "title": UNBROKEN[:300], "body": f"{RULE_FIRES} {UNBROKEN}"}
        accepted = http.post("/v1/posts", json=post).raise_for_status().json()
        http.get(f"/v1/posts/{held}", params={"after": accepted["sequence"]})
        top = http.get("/v1/feed", params={"sort": "top", "window": "all", "limit": 50}).json()["items"]
        talked_about = max(top, key=lambda item: item["post"]["comments"])["post"]["id"]
        return {"cookie": http.cookies["ottit_session"], "held": held, "talked_about": talked_about}


@pytest_asyncio.fixture(loop_scope="session")
async def reader(browser: Browser, product: RunningInstallation, person: dict[str, str]) -> AsyncIterator[Reader]:
    """The user's page with reduced motion, because axe-core would measure colors during a fade."""
    context = await browser.new_context(base_url=product.url, viewport=DESKTOP, reduced_motion="reduce")
    await context.add_cookies([{"name": "ottit_session", "value": person["cookie"], "url": product.url}])
    await context.add_init_script(path=AXE)
    page = await context.new_page()
    await page.goto("/communities")
    yield Reader(page, person)
    await context.close()


def test_every_page_of_the_client_is_among_the_screens() -> None:
    """The gateway's list of pages is compared with the client's router in tests/gateway/test_pages_on_broker.py."""
    addresses = [address.partition("?")[0] for address, _ in SCREENS.values()]
    missing = [
        page for page in PAGES if not any(re.fullmatch(re.sub(r":\w+", "[^/]+", page), one) for one in addresses)
    ]
    assert missing == []


async def test_axe_finds_nothing_on_any_screen(reader: Reader) -> None:
    by_screen: dict[str, list[str]] = {}
    for screen in SCREENS:
        for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await reader.page.set_viewport_size(size)
            await reader.page.emulate_media(color_scheme="light")
            await reader.open(screen)
            by_screen[f"{screen}, light, {width}"] = await reader.findings()
            await reader.page.emulate_media(color_scheme="dark")
            # A theme is colors and nothing else.
            by_screen[f"{screen}, dark, {width}"] = await reader.findings(runOnly=["color-contrast"])
    assert {look: findings for look, findings in by_screen.items() if findings} == {}


async def test_no_screen_scrolls_sideways_on_the_smallest_phone(reader: Reader) -> None:
    await reader.page.set_viewport_size(SMALLEST)
    widths: dict[str, int] = {}
    for screen in SCREENS:
        await reader.open(screen)
        widths[screen] = await reader.page.evaluate("() => document.documentElement.scrollWidth")
    assert {screen: width for screen, width in widths.items() if width > SMALLEST["width"]} == {}


async def test_slash_focuses_search_and_escape_closes_panels(reader: Reader) -> None:
    page = reader.page
    await page.goto("/?sort=hot")
    why = page.get_by_role("button", name="Why here").first
    await why.focus()
    await page.keyboard.press("Enter")
    await expect(why).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(why).to_have_attribute("aria-expanded", "false")
    await expect(why).to_be_focused()

    await page.keyboard.press("/")
    await expect(page.get_by_label("Search posts")).to_be_focused()
    await page.keyboard.type("bread that stays flat")
    await page.keyboard.press("Enter")
    await expect(page.locator(".post-card").first).to_be_visible()


async def test_every_focused_element_has_a_focus_ring(reader: Reader) -> None:
    page = reader.page
    await page.goto("/?sort=hot")
    await expect(page.locator(".post-card").first).to_be_visible()
    seen: set[str] = set()
    for _ in range(45):  # through the frame and into the second post
        await page.keyboard.press("Tab")
        name, outline = await page.evaluate(
            "() => [document.activeElement.textContent || document.activeElement.ariaLabel || 'search',"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        seen.add(name.strip())
        assert outline != "none", name
    assert {"Skip to content", "Write", "My posts", "All communities", "Why here"} <= seen
