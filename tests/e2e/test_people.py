"""Reports, suspensions and account deletion in the browser."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from shared.ids import new_id
from tests.e2e.conftest import DESKTOP, pictures
from tests.e2e.steps import PASSWORD, signed_in, signed_up, submit
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e


@dataclass
class Visitor:
    """A user with a separate browser context."""

    page: Page
    handle: str


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, product: RunningInstallation, admin_handle: str) -> AsyncIterator[list[Visitor]]:
    """An author, a reader, and an administrator."""
    visitors = []
    contexts = [await browser.new_context(viewport=DESKTOP, base_url=product.url) for _ in range(3)]
    for context in contexts[:2]:
        visitors.append(Visitor(*await signed_up(context)))
    yield [*visitors, Visitor(await signed_in(contexts[2], admin_handle), admin_handle)]
    for context in contexts:
        await context.close()


async def published(author: Visitor, title: str) -> str:
    """Publishes a post and returns its address."""
    await submit(author.page, title, "Mine lives by the window and is fed every morning.")
    await author.page.get_by_text(re.compile("Decided by the server")).wait_for()
    await author.page.goto("/mine")
    address = await author.page.get_by_role("link", name=title).first.get_attribute("href")
    assert address
    return address


async def test_a_reader_reports_a_post_and_a_moderator_keeps_it(people: list[Visitor]) -> None:
    author, reader, moderator = people
    title = f"My sourdough {new_id()[-6:]}"
    address = await published(author, title)
    await reader.page.goto(address)
    await reader.page.get_by_role("button", name="Report").first.click()
    await reader.page.get_by_label("What should a moderator know?").fill("It is an advertisement in disguise.")
    await pictures(reader.page, "people-report")
    await reader.page.get_by_role("button", name="Send").click()
    await reader.page.get_by_text("A moderator will look at it.").wait_for()

    queue = moderator.page
    await queue.goto("/review")
    card = queue.get_by_role("article").filter(has_text=title)
    await expect(card).to_contain_text("reported by one reader")
    await expect(card).to_contain_text("It is an advertisement in disguise.")
    await card.focus()
    await pictures(queue, "people-queue")
    await card.get_by_role("button", name="Keep").click()
    await queue.goto("/me")  # what was decided is sent when the page is left
    await author.page.goto(address)
    await expect(author.page.get_by_role("heading", name=title)).to_be_visible()


async def test_a_suspended_user_reads_the_reason_and_can_still_delete_the_account(people: list[Visitor]) -> None:
    _, reader, moderator = people
    await moderator.page.goto(f"/u/{reader.handle}")
    await moderator.page.get_by_role("button", name="Suspend…").click()
    await moderator.page.get_by_label(re.compile("^Reason")).fill("The same offer in four communities.")
    await moderator.page.get_by_label("For how many days?").fill("3")
    await pictures(moderator.page, "people-suspend")
    await moderator.page.get_by_role("button", name="Suspend", exact=True).click()
    await moderator.page.get_by_role("button", name="Suspend…").wait_for()
    await reader.page.goto("/me")
    await expect(reader.page.get_by_label("You cannot write at the moment")).to_contain_text("The same offer")
    await pictures(reader.page, "people-suspended")
    await expect(reader.page.get_by_role("link", name=re.compile("deleting your account"))).to_be_visible()


async def test_a_user_deletes_their_account_and_posts(people: list[Visitor]) -> None:
    author, reader, _ = people
    title = f"A farewell {new_id()[-6:]}"
    address = await published(author, title)
    page = author.page
    await page.goto("/account")
    await page.get_by_text("This browser").wait_for()
    await page.get_by_role("button", name="Delete my account…").click()
    await pictures(page, "people-account")
    await page.get_by_label("Your password").fill("not my password")
    await page.get_by_role("button", name="Delete my account permanently").click()
    await expect(page.get_by_role("alert")).to_contain_text("The password is not correct.")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Delete my account permanently").click()
    await expect(page).to_have_url(re.compile(r"/$"))
    await reader.page.goto(address)
    await expect(reader.page.get_by_role("heading", name=title)).to_have_count(0)
