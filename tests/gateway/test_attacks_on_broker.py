"""Tests of attacks on the HTTP API."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from services.gateway.__main__ import server_config
from services.gateway.communities.queries import CommunityQueries
from services.gateway.http.rate_limiter import Limiter
from services.gateway.imports.commands import post_id_of
from services.gateway.stream import routes as stream
from services.gateway.stream.live_updates import Listener
from shared.ids import new_id
from shared.log.events import UserSuspended, record
from shared.security.capabilities import CAPABILITIES
from tests.gateway.conftest import PASSWORD, Gateway, settings_for

pytestmark = pytest.mark.broker
JSON = {"content-type": "application/json"}
WRONG = {"handle": "nobody", "password": PASSWORD}
GUESSES = CAPABILITIES["sign_in"].per_minute


async def suspend(gateway: Gateway, user_id: str) -> None:
    """Suspend a user without an end."""
    last = await gateway.dependencies.log.last("user", user_id)
    event = record(UserSuspended(reason="spam"), user_id, actor="service:test", at=datetime.now(UTC))
    appended = await gateway.dependencies.log.append(event, after=last.sequence if last else 0)
    await gateway.seen(appended.sequence)


async def pending_post(gateway: Gateway) -> str:
    """Return the id of a pending post."""
    author = await gateway.person("author")
    accepted = (await author.submit()).json()
    await gateway.seen(accepted["sequence"])
    post_id: str = accepted["id"]
    return post_id


@pytest.mark.parametrize("path", ["/v1/import", "/v1/posts"])
async def test_a_body_is_not_read_before_the_guard_admits_its_sender(gateway: Gateway, path: str) -> None:
    read = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"[" * 1000

    answer = await gateway.visitor().post(path, content=long(), headers=JSON)
    assert (answer.status_code, answer.json()["code"], read) == (401, "unauthenticated", 0)


async def test_a_suspended_moderator_does_not_see_pending_posts(gateway: Gateway) -> None:
    post_id = await pending_post(gateway)
    moderator = await gateway.person("mod", "moderator", "garden")
    assert (await moderator.http.get(f"/v1/posts/{post_id}")).status_code == 200
    await suspend(gateway, moderator.id)
    assert (await moderator.http.get(f"/v1/posts/{post_id}")).status_code == 404
    assert (await moderator.http.get(f"/v1/posts/{post_id}/timeline")).status_code == 404


async def test_a_moderators_read_token_does_not_see_pending_posts(gateway: Gateway) -> None:
    post_id = await pending_post(gateway)
    moderator = await gateway.person("mod", "moderator")
    token = await moderator.http.post("/v1/tokens", json={"name": "reader", "scopes": ["read_posts"]})
    program = gateway.visitor()
    program.headers["authorization"] = f"Bearer {token.json()['token']}"
    assert (await program.get(f"/v1/posts/{post_id}")).status_code == 404


async def test_password_guesses_are_counted_by_address_for_signed_in_users_too(gateway: Gateway) -> None:
    people = [await gateway.person("ada"), await gateway.person("bob")]
    gateway.dependencies.guard.limiter = Limiter(3 / GUESSES, clock=lambda: 30.0)
    answers = [(await people[n % 2].http.post("/v1/sessions", json=WRONG)).status_code for n in range(4)]
    assert answers == [401] * 3 + [429]


async def test_forged_tokens_count_against_the_rate(gateway: Gateway) -> None:
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    forger = gateway.visitor()
    forger.headers["authorization"] = "Bearer forged"
    rate = CAPABILITIES["search_posts"].per_minute
    answers = [(await forger.get("/v1/search", params={"q": "x"})).status_code for _ in range(rate + 1)]
    assert answers == [401] * rate + [429]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
async def test_an_ipv6_network_counts_as_one_address(gateway: Gateway, first: str, second: str, together: bool) -> None:
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    left = []
    for address in (first, second):
        transport = httpx.ASGITransport(gateway.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as visitor:
            left.append(int((await visitor.post("/v1/sessions", json=WRONG)).headers["ratelimit-remaining"]))
    assert left == ([GUESSES - 1, GUESSES - 2] if together else [GUESSES - 1] * 2)


async def test_a_forged_forwarded_address_is_ignored(gateway: Gateway) -> None:
    settings = settings_for(gateway.broker, gateway.dependencies.settings.data_dir)
    config = server_config(settings, gateway.app)
    config.lifespan = "off"  # the app is already running
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as visitor:
            left = [
                (await visitor.post("/v1/sessions", json=WRONG, headers={"x-forwarded-for": f"192.0.2.{n}"})).headers
                for n in range(2)
            ]
        server.should_exit = True
        await serving
    assert [int(headers["ratelimit-remaining"]) for headers in left] == [GUESSES - 1, GUESSES - 2]


@pytest.mark.parametrize("cursor", ["9" * 30, "-1"])
async def test_a_cursor_outside_the_range_of_sequences_is_refused(gateway: Gateway, cursor: str) -> None:
    ada = await gateway.person("ada")
    assert (await ada.http.get("/v1/me/posts", params={"cursor": cursor})).status_code == 422


async def test_the_id_of_a_hidden_post_gives_no_access(gateway: Gateway) -> None:
    post_id = await pending_post(gateway)
    eve = await gateway.person("eve")
    for path in ("", "/comments", "/related", "/timeline"):
        assert (await eve.http.get(f"/v1/posts/{post_id}{path}")).status_code == 404
    assert (await eve.http.put(f"/v1/posts/{post_id}/vote", json={"value": 1})).status_code == 404
    assert (await eve.submit(id=post_id)).json()["code"] == "id_reused"
    assert (await eve.submit(parent_id=post_id, title="")).json()["code"] == "parent_unknown"
    for change in ({"revision": 1, "body": "mine"}, {"revision": 7, "body": "mine"}):
        assert (await eve.http.patch(f"/v1/posts/{post_id}", json=change)).status_code in (403, 404)
    assert (await eve.http.delete(f"/v1/posts/{post_id}")).status_code in (403, 404)
    assert (await eve.http.get(f"/v1/posts/{new_id()}")).status_code == 404


async def test_a_client_cannot_use_an_id_that_is_reserved_for_imports(gateway: Gateway) -> None:
    eve = await gateway.person("eve")
    taken = await eve.submit(id=post_id_of("t3_famous"))
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (422, "id")


async def import_one(gateway: Gateway, importer: httpx.AsyncClient, author: str) -> str:
    """Import a post. Returns its author's handle."""
    row = {"id": f"row-{author}", "community": "garden", "text": "Old news.", "author": author}
    answer = await importer.post("/v1/import", json={"posts": [row]})
    (result,) = answer.json()["results"]
    assert result["state"] == "accepted"
    submission = await gateway.dependencies.log.last("post", result["post_id"])
    assert submission is not None
    await gateway.seen(submission.sequence)
    post = gateway.posts.post(result["post_id"], None, moderator=True)
    assert post is not None
    return post.author.handle


async def test_the_handle_of_an_imported_author_cannot_be_registered(gateway: Gateway) -> None:
    admin = await gateway.person("root-admin", "admin")
    name = "famous"
    assert await import_one(gateway, admin.http, name) == name
    eve = await gateway.visitor().post("/v1/accounts", json={"handle": name, "password": PASSWORD})
    assert (eve.status_code, eve.json()["code"]) == (409, "handle_taken")
    for guess in ("", "a password that nobody has"):
        answer = await gateway.visitor().post("/v1/sessions", json={"handle": name, "password": guess})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


async def test_an_imported_author_gets_another_handle_than_a_member(gateway: Gateway) -> None:
    admin = await gateway.person("root-admin", "admin")
    ada = await gateway.person("ada")
    handle = await import_one(gateway, admin.http, "ada")
    assert handle.startswith("ada-")
    assert (await gateway.visitor().get("/v1/users/ada")).json()["id"] == ada.id


@pytest.mark.parametrize("path", ["a" * 300, "%00", "..", "%2e%2e", "..%2f..%2fpyproject.toml", "//etc/passwd", ".env"])
async def test_a_path_outside_of_the_client_folder_serves_no_file(gateway: Gateway, path: str) -> None:
    folder = gateway.dependencies.settings.client_dir
    assert folder.name == "dist"
    for address in (f"/{path}", f"/assets/{path}"):
        answer = await gateway.visitor().get(address)
        assert answer.status_code in (200, 404)
        assert "[project]" not in answer.text
        assert "root:" not in answer.text


async def test_an_internal_error_hides_its_cause(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(CommunityQueries, "all", fail)
    transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as visitor:
        answer = await visitor.get("/v1/communities")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_repeating_another_users_trace_id_does_not_make_it_ones_own(gateway: Gateway) -> None:
    trace = "ab" * 16
    parent = {"traceparent": f"00-{trace}-{'cd' * 8}-01"}
    people = [await gateway.person(handle) for handle in ("ada", "eve")]
    for person in people:
        await person.http.get("/v1/communities", headers=parent)
    assert [gateway.dependencies.traces.began(person.id, trace) for person in people] == [True, False]


async def test_open_streams_are_limited_by_caller(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STREAMS_OF_AN_ADDRESS", 2 / gateway.dependencies.settings.rate_scale)
    updates = gateway.dependencies.updates
    with updates.page(listener("127.0.0.1")), updates.page(listener("somebody else")):
        assert updates.open_streams("127.0.0.1") == 1
        with updates.page(listener("127.0.0.1")):
            refused = await gateway.visitor().get("/v1/stream")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert updates.open_streams("127.0.0.1") == 0


@pytest.mark.parametrize("seen", ["9" * 40, "-1", "1e9", "\u0661"])
async def test_a_stream_ignores_a_malformed_last_event_id(gateway: Gateway, seen: str) -> None:
    gateway.dependencies.updates.close()  # so that the answer ends
    answer = await gateway.visitor().get("/v1/stream", headers={b"last-event-id": seen.encode()})
    assert answer.status_code == 200
    assert answer.text.startswith(": open")


def listener(key: str) -> Listener:
    """Return a listener for a visitor."""

    async def is_signed_in() -> bool:
        return True

    return Listener(key, None, is_signed_in)
