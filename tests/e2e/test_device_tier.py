"""The composer with the model on the device: its preview, its highlights, and related posts."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import shots
from tests.e2e.device_model import READY_MS, turn_on_by_button
from tests.e2e.steps import write

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("model_here")]
CALM = "I tried the recipe twice, and the second time the crust was better."
# About 3,000 characters, no sentence twice.
LONG = [f"On day {day} the loaf had risen for {day + 6} hours, and its crumb was more open." for day in range(36)]
# No rule knows it; the model does.
RUDE = "You are the most useless person I have ever met, just shut up."


async def test_the_model_finds_and_marks_harm_in_the_middle_of_a_long_text_that_no_rule_matches(page: Page) -> None:
    await turn_on_by_button(page)
    await write(page, CALM)
    source, highlights = page.locator(".status-bar-source"), page.locator(".highlight-overlay mark")
    await expect(source).to_have_text("Model on this device")
    await expect(page.locator(".status-bar-headline")).to_have_text("Likely published")
    await expect(highlights).to_have_count(0)

    body = page.get_by_label("Text", exact=True)
    await body.fill(" ".join([*LONG[:20], RUDE, *LONG[20:]]))
    await expect(page.locator(".status-bar.held, .status-bar.rejected")).to_be_visible(timeout=READY_MS)
    await expect(source).to_have_text("Model on this device")
    marked = highlights.filter(has_text="useless person")
    await expect(marked).to_have_count(1)
    assert len(await marked.inner_text()) < 250, "one passage is marked, not the text"
    await page.screenshot(path=shots("device-tier"))

    await page.get_by_role("button", name="Show the words").first.click()
    selected = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert RUDE in await body.evaluate(selected)


async def test_related_posts_are_suggested_while_the_user_writes(page: Page) -> None:
    await turn_on_by_button(page)
    body = "The starter is lively and doubles in five hours, but the dough spreads sideways on the stone."
    await write(page, body, title="My sourdough stays flat, and I have run out of theories")
    close = page.get_by_role("list", name="Related to your text").get_by_role("link")
    await expect(close.first).to_contain_text("Already discussed")
    await expect(close.filter(has_text="ourdough").first).to_be_visible()
