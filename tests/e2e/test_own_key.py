"""The user's AI provider: the key goes to the provider only, and the answer counts only as scores."""

import json
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from tests.e2e.provider import Mode, Provider, running_provider
from tests.e2e.steps import TEXT, TITLE, go, new_account, use_provider, write
from tests.faults.waiting import wait_until
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
CANARY = "sk-proj-canary-7Qm2Zr8Lk4Vt1Xb9Ny6Wd3Hf5Js0Pc"
BY_KEY = "Your AI provider"

STORED = """async () => {
  const databases = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done, fail) => {
      const open = indexedDB.open(name);
      open.onsuccess = () => done(open.result);
      open.onerror = () => fail(open.error);
    });
    for (const store of db.objectStoreNames) {
      databases.push(await new Promise((done) => {
        const all = db.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => done(JSON.stringify(all.result));
      }));
    }
  }
  const cached = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) cached.push(request.url);
  }
  return {
    local: JSON.stringify({ ...localStorage }), session: JSON.stringify({ ...sessionStorage }),
    databases: databases.join(), cached: cached.join(), cookies: document.cookie,
    history: JSON.stringify(history.state), address: location.href, name: window.name,
  };
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(window: BrowserContext) -> Page:
    """A page of a new user that has loaded nothing: every test sets up the provider first."""
    await new_account(window)
    return await window.new_page()


async def all_of(request: Request) -> str:
    """Return all parts of a request as text."""
    headers = await request.all_headers()
    return f"{request.method} {request.url}\n{json.dumps(headers)}\n{request.post_data_buffer!r}"


async def places_with_key(page: Page) -> list[str]:
    stored: dict[str, str] = await page.evaluate(STORED)
    return [place for place, text in stored.items() if CANARY in (text or "")]


def files_with_key(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


async def test_the_key_is_sent_to_the_provider_only(
    page: Page, window: BrowserContext, product: RunningInstallation, provider: Provider
) -> None:
    requests: list[Request] = []
    window.on("request", lambda request: requests.append(request))
    await use_provider(page, provider, CANARY)
    await page.get_by_role("button", name="Try a preview").click()
    await expect(page.get_by_text("small-model answered in")).to_be_visible()

    await write(page)
    await expect(page.locator(".status-bar-source")).to_contain_text(BY_KEY)
    await page.get_by_role("button", name="Suggest a title").click()
    await expect(page.locator(".suggestion-text")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Check with the server").click()
    await expect(page.locator(".status-bar-source")).to_contain_text("Server check")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Decided by the server")).to_be_visible()
    timeline = await page.get_by_role("link", name="View the timeline").get_attribute("href")
    post_id = timeline.split("/")[2] if timeline else ""
    recorded = ""

    async def has_browser_spans() -> bool:
        nonlocal recorded
        recorded = await (await page.request.get(f"/v1/posts/{post_id}/timeline")).text()
        return '"service":"browser"' in recorded

    await wait_until(has_browser_spans, "the browser's spans, which go out in batches")

    sent = [await all_of(request) for request in requests]
    to_server = [text for text in sent if text.split(" ", 2)[1].startswith(product.url)]
    assert any("/v1/telemetry/traces" in text for text in to_server)
    assert any("/v1/previews" in text for text in to_server)
    assert [text[:200] for text in to_server if CANARY in text] == []
    to_provider = [text for text in sent if provider.url in text]
    assert len(to_server) + len(to_provider) == len(sent)  # no other server got a request
    assert CANARY not in recorded
    assert await places_with_key(page) == []
    assert CANARY not in json.dumps(await window.cookies())
    assert files_with_key(product.data) == []
    assert CANARY not in product.output

    assert {call.headers["authorization"] for call in provider.calls} == {f"Bearer {CANARY}"}
    assert not any(
        "traceparent" in name or name in ("cookie", "referer") for call in provider.calls for name in call.headers
    )


@pytest.mark.parametrize(
    ("words", "place"), [("Until you close this tab", "session"), ("On this device, until", "local")]
)
async def test_a_key_is_stored_only_where_the_user_chose(
    page: Page, provider: Provider, words: str, place: str
) -> None:
    await use_provider(page, provider, CANARY, words)
    assert await places_with_key(page) == [place]
    await page.reload()
    await expect(page.get_by_text(f"Your key ends in {CANARY[-4:]}")).to_be_visible()
    await page.get_by_role("button", name="Remove the key").click()
    assert await places_with_key(page) == []


async def test_a_key_in_memory_is_gone_after_a_reload(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    await page.reload()
    await expect(page.get_by_role("button", name="Use this key")).to_be_visible()
    assert await places_with_key(page) == []


async def test_a_request_carries_two_headers_and_the_text_only(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    await write(page)
    await expect(page.locator(".status-bar-source")).to_contain_text(BY_KEY)
    request = next(sent for sent in provider.calls if sent.is_for_scores)
    preflight = next(sent for sent in provider.requests if sent.method == "OPTIONS")
    assert preflight.headers["access-control-request-headers"] == "authorization,content-type"
    assert set(request.body) == {"model", "messages", "response_format"}
    handle = await page.locator(".top-handle").inner_text()
    told = json.dumps(request.body)
    assert TEXT in told
    assert TITLE in told
    assert handle not in told


async def test_a_changed_text_cancels_the_request_for_the_old_one(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    provider.mode = "slow"
    await write(page)
    await expect(page.locator(".status-bar-source")).to_contain_text("asking your AI provider")
    body = page.get_by_label("Text", exact=True)
    async with page.expect_event("requestfailed"):
        await body.press_sequentially(" More.")
    provider.mode, provider.scores = "fine", {"harassment": 1.0}
    await expect(page.locator(".status-bar.held, .status-bar.rejected")).to_be_visible()
    await expect(page.locator(".status-bar")).to_contain_text("Comment by the model: It reads calmly.")
    await body.fill("Something else altogether.")
    await expect(page.locator(".status-bar-source")).not_to_contain_text(BY_KEY)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("prose", "wrong format"),
        ("page", "wrong format"),
        ("cut", "is incomplete"),
        ("no_cors", "does not accept requests from web pages"),
        ("unauthorized", "does not accept the key"),
        ("too_many", "limits how often"),
        ("broken", "has a problem right now"),
    ],
)
async def test_a_provider_error_is_explained_and_changes_no_preview(
    page: Page, provider: Provider, mode: Mode, words: str
) -> None:
    await use_provider(page, provider, CANARY)
    provider.mode = mode
    await write(page)
    await expect(page.locator(".status-bar")).to_contain_text(words)
    await expect(page.locator(".status-bar-source")).to_have_text("Rules on this device")
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_text("Decided by the server")).to_be_visible()


async def test_a_server_without_schema_support_is_asked_for_plain_json(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    provider.mode = "strict"
    await write(page)
    await expect(page.locator(".status-bar-source")).to_contain_text(BY_KEY)


async def test_the_provider_is_not_asked_beyond_the_daily_limit(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    await page.get_by_label("Daily token limit").fill("100")
    await page.get_by_role("button", name="Try a preview").click()
    await expect(page.get_by_text("Your provider will not be asked again until tomorrow.")).to_be_visible()
    before = len(provider.calls)
    await write(page)
    await expect(page.locator(".status-bar")).to_contain_text("You have reached your limit for today.")
    assert len(provider.calls) == before


async def test_an_unreachable_provider_changes_no_preview(page: Page) -> None:
    with running_provider() as provider:
        await use_provider(page, provider, CANARY)
    await write(page)
    await expect(page.locator(".status-bar")).to_contain_text("Your provider is not responding.")
    await expect(page.locator(".status-bar-headline")).to_have_text("Likely published")


async def test_an_address_that_was_not_allowed_cannot_be_reached(
    browser: Browser, product: RunningInstallation, provider: Provider
) -> None:
    """Also for code in the page: the content security policy allows this server only."""
    page = await browser.new_page(base_url=product.url)  # not the window, which takes a refusal for a failure
    await page.goto("/device")
    refused = await page.evaluate("url => fetch(url).then(() => 'reached', () => 'refused')", provider.url)
    assert refused == "refused"
    assert provider.requests == []


async def test_the_request_log_lists_every_origin_asked(page: Page, provider: Provider) -> None:
    await use_provider(page, provider, CANARY)
    await write(page)
    await expect(page.locator(".status-bar-source")).to_contain_text(BY_KEY)
    await go(page, "/device")
    row = page.get_by_role("row").filter(has_text="Your AI provider")
    await expect(row).to_contain_text(provider.url.removesuffix("/v1"))
    count = len(provider.calls)
    await expect(row.get_by_role("cell").nth(1)).to_have_text(str(count))
    await expect(page.get_by_text(f"Today: {count} request")).to_be_visible()
