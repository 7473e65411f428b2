"""Human review in the browser, as moderators and authors see it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.steps import signed_in, signed_up, submit
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
AXE = Path("client/node_modules/axe-core/axe.min.js")
# A moderator can undo for so long before a decision is sent: UNDO_MS in client/src/features/review/undo-window.ts.
UNDO_MS = 5_000


@pytest_asyncio.fixture(loop_scope="session")
async def moderator(browser: Browser, product: RunningInstallation, admin_handle: str) -> AsyncIterator[Page]:
    """The review queue, opened by an administrator. Tests may move its clock forward."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, base_url=product.url)
    await context.clock.install()
    page = await signed_in(context, admin_handle)
    await page.get_by_role("link", name="Review held posts").click()
    yield page
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def author(browser: Browser, product: RunningInstallation) -> AsyncIterator[Page]:
    """A page of a new user."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, base_url=product.url)
    page, _ = await signed_up(context)
    yield page
    await context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, which finds accessibility problems."""
    if not AXE.exists():
        pytest.skip("no axe-core on this machine: `npm ci` in client/ installs it")
    return AXE.read_text()


def card(page: Page, title: str) -> Locator:
    """The card of a post in the queue."""
    return page.get_by_role("article").filter(has_text=title)


async def test_a_moderator_publishes_a_held_post_by_keyboard_and_its_author_sees_it_live(
    author: Page, moderator: Page, axe: str
) -> None:
    await submit(author, "A cousin's new job", "She says you earn up to $500 a day from home, which I doubt.")
    await expect(author.get_by_text("held for review")).to_be_visible()
    await author.goto("/mine")
    await expect(author.get_by_text("Held for review")).to_be_visible()

    await moderator.reload()
    held = card(moderator, "A cousin's new job")
    await expect(held.get_by_text("This looks like an advert for quick earnings.")).to_be_visible()
    await moderator.evaluate(axe)
    assert [found["id"] for found in (await moderator.evaluate("axe.run()"))["violations"]] == []
    await held.focus()
    await moderator.keyboard.press("p")
    await expect(held.get_by_text("Will be published in 5 seconds.")).to_be_visible()
    await moderator.keyboard.press("u")
    await expect(held.get_by_text("Undone. Nothing was decided.")).to_be_visible()
    await moderator.keyboard.press("p")
    await moderator.goto("/")  # leaving sends what waits

    await expect(author.get_by_text("Published", exact=True)).to_be_visible()


async def test_a_moderator_answers_an_appeal_and_its_author_reads_the_reason(author: Page, moderator: Page) -> None:
    await submit(author, "My little shop", "I have followers for sale.")
    await expect(author.get_by_text("not published")).to_be_visible()
    await author.get_by_role("link", name="Open the post").click()
    await author.get_by_role("button", name="Appeal").click()
    await author.get_by_label("Why should it be published?").fill("They are followers of my cat.")
    await author.get_by_role("button", name="Send").click()
    await expect(author.get_by_text("Thank you. A moderator will look at it.")).to_be_visible()

    await moderator.reload()
    appealed = card(moderator, "My little shop")
    await expect(appealed.get_by_text("Not published; the author has appealed")).to_be_visible()
    await appealed.get_by_role("button", name="Reject…").click()
    await appealed.get_by_label("Reason (the author will see it)").fill("A cat cannot be followed for money here.")
    await appealed.get_by_role("button", name="Reject", exact=True).click()
    await moderator.clock.fast_forward(UNDO_MS)
    await expect(appealed.get_by_text("Not published. The author will see your reason.")).to_be_visible()

    await expect(author.get_by_text("A cat cannot be followed for money here.")).to_be_visible()


async def test_a_post_that_changed_before_the_decision_is_shown_again(author: Page, moderator: Page) -> None:
    await submit(author, "A walk on Sunday", "DM me for details, the list is short.")
    await expect(author.get_by_text("held for review")).to_be_visible()
    await author.get_by_role("link", name="Open the post").click()
    await moderator.reload()
    held = card(moderator, "A walk on Sunday")
    await expect(held).to_be_visible()

    await author.get_by_role("link", name="Edit").click()
    await author.get_by_label("Text", exact=True).fill("DM me for details, the list is long by now.")
    await author.get_by_role("button", name="Save").click()
    await expect(author.get_by_text("held for review")).to_be_visible()

    await held.get_by_role("button", name="Publish").click()
    await moderator.clock.fast_forward(UNDO_MS)
    await expect(held.get_by_text("The post has changed since you loaded it")).to_be_visible()
    await expect(held.get_by_text("the list is long by now")).to_be_visible()
