"""What a newcomer does in the browser, on the product as `make up` starts it."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from shared.ids import new_id

pytestmark = pytest.mark.e2e
PASSWORD = "a long pass phrase"
SLOW_MS = 20_000  # two shared cores, and a first pass of the encoder


async def sign_up(window: BrowserContext) -> tuple[Page, str]:
    """A page of somebody who has just made an account, and their handle."""
    handle = f"e2e-{new_id()[-8:]}"
    page = await window.new_page()
    page.set_default_timeout(SLOW_MS)
    await page.goto("/sign-up")
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make account").click()
    await expect(page).to_have_url(re.compile(r"/$"), timeout=SLOW_MS)
    return page, handle


async def write(page: Page, title: str, text: str) -> None:
    """Submit a post to the first community that is offered for `kitchen`."""
    await page.goto("/write")
    await page.get_by_role("combobox", name="Community").fill("kitchen")
    await page.get_by_role("option").first.click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text", exact=True).fill(text)
    await page.get_by_role("button", name="Post", exact=True).click()


async def test_a_newcomer_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline(
    window: BrowserContext,
) -> None:
    page, _ = await sign_up(window)
    await write(page, "Our kettle sings off key", "Since the new whistle it hums like a tired bee at breakfast.")
    await expect(page.get_by_text(re.compile(r"Decided by the server in .* published"))).to_be_visible(timeout=SLOW_MS)

    await page.goto("/search?q=water+boiler+making+a+strange+noise")
    await expect(page.get_by_role("link", name="Our kettle sings off key")).to_be_visible(timeout=SLOW_MS)
    await page.get_by_role("link", name="Our kettle sings off key").click()
    await expect(page.get_by_role("heading", name="Our kettle sings off key")).to_be_visible()

    await page.goto(page.url.rstrip("/") + "/timeline")
    for step in ("submitted", "decided", "stored"):
        await expect(page.get_by_text(re.compile(step, re.IGNORECASE)).first).to_be_visible(timeout=SLOW_MS)


async def test_one_trace_leads_from_the_browser_through_every_service_and_back(
    window: BrowserContext,
) -> None:
    page, handle = await sign_up(window)
    await write(page, "A spoon for every pot", "Wooden ones do not scratch, and they do not burn your lip.")
    await expect(page.get_by_text(re.compile("Decided by the server"))).to_be_visible(timeout=SLOW_MS)
    post_id = (await read(page, f"/v1/users/{handle}"))["recent"][0]["id"]
    await page.wait_for_timeout(3000)  # spans are sent in batches

    spans = (await read(page, f"/v1/posts/{post_id}/timeline"))["spans"]
    assert len({span["trace_id"] for span in spans}) == 1
    assert {(talker, listener) for talker, listener in talks(spans)} >= {
        ("browser", "gateway"),
        ("gateway", "moderation"),
        ("moderation", "embeddings"),
        ("moderation", "gateway"),
        ("gateway", "browser"),
    }
    assert "ranking" in {span["service"] for span in spans}
    known = {span["span_id"] for span in spans}
    assert [span["name"] for span in spans if span["parent_span_id"] not in known] == ["client submit"]


async def read(page: Page, address: str) -> Any:
    """What the API says to this page's person."""
    return await (await page.request.get(address)).json()


def talks(spans: list[dict[str, str]]) -> Iterable[tuple[str, str]]:
    """Which service handed on to which."""
    service_of = {span["span_id"]: span["service"] for span in spans}
    for span in spans:
        above = service_of.get(span["parent_span_id"])
        if above and above != span["service"]:
            yield above, span["service"]


async def test_what_is_held_says_why_and_stays_with_its_author(window: BrowserContext) -> None:
    page, handle = await sign_up(window)
    await write(page, "An offer", "Buy followers now! Get 10,000 Instagram followers for $5 at www.example.com")
    await expect(page.get_by_text(re.compile(r"Held for a person|server in .*: not published")).first).to_be_visible(
        timeout=SLOW_MS
    )
    await page.goto("/mine")
    await expect(page.get_by_text("An offer").first).to_be_visible(timeout=SLOW_MS)
    assert (await read(page, f"/v1/users/{handle}"))["recent"] == []


async def test_a_draft_survives_a_reload(window: BrowserContext) -> None:
    page, _ = await sign_up(window)
    await page.goto("/write")
    await page.get_by_label("Text", exact=True).fill("Half a thought about soup")
    await page.wait_for_timeout(1200)
    await page.reload()
    await expect(page.get_by_label("Text", exact=True)).to_have_value("Half a thought about soup")


async def test_text_is_never_run(window: BrowserContext) -> None:
    page, _ = await sign_up(window)
    hostile = '<img src=x onerror="document.title=1"> <script>document.title=2</script> [x](javascript:alert(1))'
    await write(page, "Angle brackets at breakfast", hostile)
    await expect(page.get_by_text(re.compile("Decided by the server|Held"))).to_be_visible(timeout=SLOW_MS)
    await page.goto("/mine")
    await page.get_by_role("link", name="Angle brackets at breakfast").first.click()
    await expect(page.get_by_text("<script>document.title=2</script>", exact=False)).to_be_visible(timeout=SLOW_MS)
    assert await page.title() not in ("1", "2")
    assert await page.locator("a[href^='javascript']").count() == 0
