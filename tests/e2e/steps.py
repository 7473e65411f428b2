"""Steps that tests share."""

from playwright.async_api import BrowserContext, Page, expect

from shared.ids import new_id
from tests.e2e.provider import Provider
from tests.running_installation import RunningInstallation

PASSWORD = "a long pass phrase"
TITLE, TEXT = "The lid of the jam jar", "Run it under hot water first, then hit the rim with a spoon."
FOLLOW = "to => { const a = document.createElement('a'); a.href = to; document.body.append(a); a.click(); a.remove() }"


async def new_account(window: BrowserContext) -> str:
    """The handle of a new account; the window is signed in with it."""
    handle = f"e2e-{new_id()[-8:]}"
    await _post(window, "/v1/accounts", handle)
    await _post(window, "/v1/sessions", handle)
    return handle


async def signed_up(window: BrowserContext) -> tuple[Page, str]:
    """The feed, opened by somebody with a new account, and their handle."""
    handle = await new_account(window)
    page = await window.new_page()
    await page.goto("/")
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible()
    return page, handle


async def sign_up(window: BrowserContext) -> tuple[Page, str]:
    """The feed after somebody has signed up with the form, and their handle."""
    handle = f"e2e-{new_id()[-8:]}"
    page = await window.new_page()
    await page.goto("/sign-up")
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("link", name="Write", exact=True).first).to_be_visible()
    return page, handle


def new_admin(product: RunningInstallation) -> str:
    """Create an administrator on the command line and return the handle."""
    handle = f"admin-{new_id()[-8:]}"
    command = product.ottit("admin", "create", handle, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert command.returncode == 0, command.stdout + command.stderr
    return handle


async def signed_in(window: BrowserContext, handle: str) -> Page:
    """The page `/me` of an existing account."""
    await _post(window, "/v1/sessions", handle)
    page = await window.new_page()
    await page.goto("/me")
    return page


async def use_provider(page: Page, provider: Provider, key: str, keep: str = "Until you close or reload") -> None:
    """Set up the user's AI provider; `keep` is the start of the label that says how long to keep the key."""
    await page.goto("/device")
    await page.get_by_label("Address").fill(provider.url)
    await page.get_by_label("Model", exact=True).fill("small-model")
    origin = provider.url.removesuffix("/v1")
    async with page.expect_navigation():
        await page.get_by_role("button", name=f"Allow {origin}").click()
    await expect(page.get_by_text(f"This page may connect to {origin}.")).to_be_visible()
    await page.get_by_label("Key (a server on this computer may not need one)").fill(key)
    await page.get_by_label(keep).check()
    await page.get_by_role("button", name="Use this key").click()
    await expect(page.get_by_text(f"Your key ends in {key[-4:]}")).to_be_visible()


async def submit(page: Page, title: str, text: str) -> None:
    """Submit a post to the first community that is offered for `kitchen`."""
    await page.goto("/write")
    await page.get_by_role("combobox", name="Community").fill("kitchen")
    await page.get_by_role("option").first.click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text", exact=True).fill(text)
    await page.get_by_role("button", name="Post", exact=True).click()


async def go(page: Page, address: str) -> None:
    """Follow a link, without a reload."""
    await page.evaluate(FOLLOW, address)


async def write(page: Page, text: str = TEXT, title: str = TITLE) -> None:
    """A text in the composer, reached without a reload; nothing is sent."""
    await go(page, "/write?community=slow-kitchen")
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Text", exact=True).fill(text)


async def _post(window: BrowserContext, path: str, handle: str) -> None:
    """Send handle and password as the page's forms do. The window keeps the cookie of a session."""
    answer = await window.request.post(path, data={"handle": handle, "password": PASSWORD})
    assert answer.ok, await answer.text()
