"""A policy that somebody has changed on its way gives no preview, and the page says why; sending works all the same."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.steps import go, signed_up, write

pytestmark = pytest.mark.e2e
# A public rule rejects this, so an honest preview has something to say.
ADVERT = "Buy 1000 real instagram followers"
UNUSED = "So they are not used."

Change = Callable[[dict[str, Any]], object]


def _softened(answer: dict[str, Any]) -> None:
    answer["view"] = answer["view"].replace('"outcome":"reject"', '"outcome":"hold"')


async def _serving(page: Page, change: Change) -> None:
    async def changed(route: Route) -> None:
        answer = json.loads(await (await route.fetch()).text())
        change(answer)
        await route.fulfill(json=answer)

    await page.route("**/v1/policy", changed)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda answer: answer.update(signature=""), f"not signed as they should be. {UNUSED}"),
        (_softened, f"not signed as they should be. {UNUSED}"),
        (lambda answer: answer.update(key_id="0" * 16), "a key that this browser does not know."),
    ],
)
async def test_a_policy_that_was_changed_on_its_way_is_not_used(
    window: BrowserContext, change: Change, words: str
) -> None:
    page, _ = await signed_up(window)
    await _serving(page, change)
    await write(page, ADVERT)
    strip = page.get_by_role("status").filter(has_text="No preview right now.")
    await expect(strip).to_contain_text(words)
    await expect(strip).to_contain_text("You can send all the same: the server decides.")


@pytest.mark.parametrize("cut", [lambda text: text[: len(text) // 2], lambda text: "<html>Sign in</html>"])
async def test_a_policy_that_broke_off_is_not_used(window: BrowserContext, cut: Callable[[str], str]) -> None:
    page, _ = await signed_up(window)

    async def cut_off(route: Route) -> None:
        await route.fulfill(body=cut(await (await route.fetch()).text()), content_type="application/json")

    await page.route("**/v1/policy", cut_off)
    await write(page, ADVERT)
    strip = page.get_by_role("status").filter(has_text="No preview right now.")
    await expect(strip).to_contain_text(f"The rules arrived damaged. {UNUSED}")


async def test_a_signed_policy_gives_a_preview(window: BrowserContext) -> None:
    page, _ = await signed_up(window)
    await write(page, ADVERT)
    await expect(page.get_by_role("status").filter(has_text="May be rejected")).to_be_visible()


async def test_an_older_policy_than_the_browser_has_seen_is_not_used(window: BrowserContext) -> None:
    page, _ = await signed_up(window)
    await page.evaluate(
        """() => {
          const keys = JSON.parse(document.querySelector('meta[name="ottit-policy-keys"]').content);
          const seen = { name: 'default', version: 999, digest: '0'.repeat(64), after: 0 };
          localStorage.setItem('ottit.policy', JSON.stringify({ keys, seen }));
        }"""
    )
    await page.reload()
    await write(page, ADVERT)
    await expect(page.get_by_role("status").filter(has_text="No preview")).to_contain_text("are older than those")


async def test_a_replaced_key_counts_once_the_person_accepts_it(window: BrowserContext) -> None:
    page, _ = await signed_up(window)
    await page.evaluate(
        """() => {
          const keys = [{ public_key: 'A'.repeat(43), first: null }];
          const seen = { name: 'default', version: 999, digest: '0'.repeat(64), after: 0 };
          localStorage.setItem('ottit.policy', JSON.stringify({ keys, seen }));
        }"""
    )
    await page.reload()
    await write(page, ADVERT)
    await expect(page.get_by_role("status").filter(has_text="No preview")).to_contain_text("“This device and AI” says")
    await go(page, "/device")
    await expect(page.locator(".replaced-key code")).to_have_count(2)
    await page.get_by_role("button", name="Accept the new key…").click()
    await page.get_by_role("button", name="Accept it").click()
    await expect(page.get_by_text("The new key is known from now on.")).to_be_visible()
    await expect(page.locator(".replaced-key")).to_have_count(0)
    await write(page, ADVERT)
    await expect(page.get_by_role("status").filter(has_text="May be rejected")).to_be_visible()
