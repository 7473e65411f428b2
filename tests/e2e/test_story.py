"""A new user's first steps in the browser, on the product as `make up` starts it."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.steps import sign_up, signed_up, submit
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.e2e
# Pairs of services of which the first sends a submission on to the second.
TALKS = {
    ("browser", "gateway"),
    ("gateway", "moderation"),
    ("moderation", "embeddings"),
    ("moderation", "gateway"),
    ("gateway", "browser"),
}


async def test_a_new_user_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline(
    window: BrowserContext,
) -> None:
    page, handle = await sign_up(window)
    await submit(page, "Our kettle sings off key", "Since the new whistle it hums like a tired bee at breakfast.")
    await expect(page.get_by_text(re.compile(r"Decided by the server in .* published"))).to_be_visible()

    post_id = await newest_of(page, handle)

    async def stored() -> bool:
        facts = (await read(page, f"/v1/posts/{post_id}/timeline"))["facts"]
        return "embedding.stored" in {fact["type"] for fact in facts}

    await wait_until(stored, "the post can be found by its meaning")
    await page.goto("/search?q=water+boiler+making+a+strange+noise")
    await expect(page.get_by_role("link", name="Our kettle sings off key")).to_be_visible()
    await page.get_by_role("link", name="Our kettle sings off key").click()
    await expect(page.get_by_role("heading", name="Our kettle sings off key")).to_be_visible()

    await page.goto(page.url.rstrip("/") + "/timeline")
    for step in ("submitted", "decided", "stored"):
        await expect(page.get_by_text(re.compile(step, re.IGNORECASE)).first).to_be_visible()


async def test_one_trace_covers_the_browser_and_every_service(
    window: BrowserContext,
) -> None:
    page, handle = await signed_up(window)
    await submit(page, "A spoon for every pot", "Wooden ones do not scratch, and they do not burn your lip.")
    await expect(page.get_by_text(re.compile("Decided by the server"))).to_be_visible()
    address = f"/v1/posts/{await newest_of(page, handle)}/timeline"

    async def whole() -> bool:
        spans = (await read(page, address))["spans"]
        has_all = set(talks(spans)) >= TALKS and "ranking" in {span["service"] for span in spans}
        return has_all and begun(spans) == ["client submit"]

    await wait_until(whole, "spans of browser and services, which come in batches")
    spans = (await read(page, address))["spans"]
    assert len({span["trace_id"] for span in spans}) == 1
    assert "ranking" in {span["service"] for span in spans}


async def read(page: Page, address: str) -> Any:
    """Reads the API with the session of this page."""
    return await (await page.request.get(address)).json()


async def newest_of(page: Page, handle: str) -> str:
    """Returns the id of the user's latest public post."""
    return str((await read(page, f"/v1/users/{handle}"))["recent"][0]["id"])


def begun(spans: list[dict[str, str]]) -> list[str]:
    """Returns the names of root spans."""
    known = {span["span_id"] for span in spans}
    return [span["name"] for span in spans if span["parent_span_id"] not in known]


def talks(spans: list[dict[str, str]]) -> Iterable[tuple[str, str]]:
    """Yields pairs of parent and child service."""
    service_of = {span["span_id"]: span["service"] for span in spans}
    for span in spans:
        above = service_of.get(span["parent_span_id"])
        if above and above != span["service"]:
            yield above, span["service"]


async def test_a_held_post_shows_the_reason_to_its_author_only(window: BrowserContext) -> None:
    page, handle = await signed_up(window)
    await submit(page, "An offer", "Buy followers now! Get 10,000 Instagram followers for $5 at www.example.com")
    await expect(page.get_by_text(re.compile("held for review|not published", re.IGNORECASE)).first).to_be_visible()
    await page.goto("/mine")
    await expect(page.get_by_text("An offer").first).to_be_visible()
    assert (await read(page, f"/v1/users/{handle}"))["recent"] == []


async def test_a_draft_survives_a_reload(window: BrowserContext) -> None:
    page, _ = await signed_up(window)
    await page.goto("/write")
    await page.get_by_label("Text", exact=True).fill("Half a thought about soup")
    await page.reload()
    await expect(page.get_by_label("Text", exact=True)).to_have_value("Half a thought about soup")


async def test_markup_in_a_post_is_never_executed(window: BrowserContext) -> None:
    page, _ = await signed_up(window)
    hostile = '<img src=x onerror="document.title=1"> <script>document.title=2</script> [x](javascript:alert(1))'
    hostile += " turned \u202egnp.exe and [bank.example](https://evil.test/x)"
    await submit(page, "Angle brackets at breakfast", hostile)
    await expect(page.get_by_text(re.compile("Decided by the server|Held"))).to_be_visible()
    await page.goto("/mine")
    await page.get_by_role("link", name="Angle brackets at breakfast").first.click()
    await expect(page.get_by_text("<script>document.title=2</script>", exact=False)).to_be_visible()
    await expect(page.get_by_text("turned [U+202E]gnp.exe", exact=False)).to_be_visible()
    link = page.get_by_role("link", name="bank.example (evil.test)")
    await expect(link).to_be_visible()
    # Words in a right-to-left script would otherwise turn around the host beside them.
    host = link.locator(".link-host")
    assert await host.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
    assert await page.title() not in ("1", "2")
    assert await page.locator("a[href^='javascript']").count() == 0
