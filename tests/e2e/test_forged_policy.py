"""A policy that fails verification gives no preview, the page explains why, and posting still works."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.steps import go, signed_up, write

pytestmark = pytest.mark.e2e
# A public rule rejects this, so an honest preview has something to say.
ADVERT = "Buy 1000 real instagram followers"
UNUSED = "The rules are not used:"

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
        (lambda answer: answer.update(signature=""), f"{UNUSED} their signature is not valid."),
        (_softened, f"{UNUSED} their signature is not valid."),
        (lambda answer: answer.update(key_id="0" * 16), "a key that this browser does not know."),
    ],
)
async def test_a_changed_policy_is_not_used(window: BrowserContext, change: Change, words: str) -> None:
    page, _ = await signed_up(window)
    await _serving(page, change)
    await write(page, ADVERT)
    status = page.get_by_role("status").filter(has_text="No preview right now.")
    await expect(status).to_contain_text(words)
    await expect(status).to_contain_text("You can post anyway: the server decides.")


@pytest.mark.parametrize("cut", [lambda text: text[: len(text) // 2], lambda text: "<html>Sign in</html>"])
async def test_an_incomplete_policy_is_not_used(window: BrowserContext, cut: Callable[[str], str]) -> None:
    page, _ = await signed_up(window)

    async def cut_off(route: Route) -> None:
        await route.fulfill(body=cut(await (await route.fetch()).text()), content_type="application/json")

    await page.route("**/v1/policy", cut_off)
    await write(page, ADVERT)
    status = page.get_by_role("status").filter(has_text="No preview right now.")
    await expect(status).to_contain_text(f"{UNUSED} they arrived damaged.")


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
    await expect(page.get_by_role("status").filter(has_text="No preview")).to_contain_text("are older than the rules")


async def test_a_replaced_key_is_trusted_once_the_user_accepts_it(window: BrowserContext) -> None:
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
    await expect(page.get_by_role("status").filter(has_text="No preview")).to_contain_text("See “This device and AI”")
    await go(page, "/device")
    await expect(page.locator(".replaced-key code")).to_have_count(2)
    await page.get_by_role("button", name="Accept the new key…").click()
    await page.get_by_role("button", name="Trust the new key").click()
    await expect(page.get_by_text("The new key is trusted from now on.")).to_be_visible()
    await expect(page.locator(".replaced-key")).to_have_count(0)
    await write(page, ADVERT)
    await expect(page.get_by_role("status").filter(has_text="May be rejected")).to_be_visible()
