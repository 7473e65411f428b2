"""Tests of requests to an identity provider: their limits hold whatever it answers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Request, Response
from nats.aio.client import Client

from services.gateway.accounts.claimed_roles import HeldRole, RoleChanges, RoleMapping, role_changes
from services.gateway.accounts.handles import suggest
from services.gateway.accounts.oidc_discovery import AGAIN_AFTER_S, Discovery
from services.gateway.accounts.oidc_flows import OidcFlows
from services.gateway.accounts.oidc_http import MOST_BYTES, ProviderHttp, ProviderUnavailable
from services.gateway.settings import Settings

ADDRESS = "https://id.example/keys"


class Drip(httpx.AsyncByteStream):
    """An answer that never ends, a byte at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)


def answering(answer: httpx.Response) -> ProviderHttp:
    return ProviderHttp(httpx.MockTransport(lambda request: answer), request_s=0.2)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, stream=Drip()),
        httpx.Response(200, stream=httpx.ByteStream(b" " * (MOST_BYTES + 1))),
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"small")),
        httpx.Response(302, headers={"location": "http://169.254.169.254/"}, stream=httpx.ByteStream(b"")),
        httpx.Response(503, stream=httpx.ByteStream(b"")),
    ],
    ids=["slow", "huge", "compressed", "a redirect", "an error"],
)
async def test_an_answer_beyond_the_limits_is_refused_in_time(answer: httpx.Response) -> None:
    http = answering(answer)
    with pytest.raises(ProviderUnavailable):
        async with asyncio.timeout(30):
            await http.get(ADDRESS)
    await http.close()


@pytest.mark.parametrize("content", [b"[]", b"<html>", b'{"a": 1', b"\xff", b"null"])
async def test_an_answer_that_is_no_object_says_nothing(content: bytes) -> None:
    assert (await answering(httpx.Response(200, stream=httpx.ByteStream(content))).get(ADDRESS)).content == {}


async def test_a_provider_that_is_away_is_asked_again_after_a_while_only() -> None:
    asked = []

    def fail(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        raise httpx.ConnectError("refused")

    clock = [0.0]
    discovery = Discovery("https://id.example", ProviderHttp(httpx.MockTransport(fail)), lambda: clock[0])
    for now in (0.0, 0.1, AGAIN_AFTER_S - 0.1, AGAIN_AFTER_S + 0.1):
        clock[0] = now
        with pytest.raises(ProviderUnavailable):
            await discovery.metadata()
    assert len(asked) == 2


def test_a_mapping_reads_lists_texts_paths_and_names_with_dots() -> None:
    mapping = RoleMapping.parse("a.b", "x=admin, y=moderator:garden, z = w = importer")
    assert mapping.wanted({"a": {"b": ["x", "y", "other"]}}) == {("admin", None), ("moderator", "garden")}
    assert mapping.wanted({"a.b": "z = w"}) == {("importer", None)}
    for claims in ({}, {"a": 3}, {"a": {"b": {"x": True}}}, {"a": {"b": [["x"]]}}):
        assert mapping.wanted(claims) == frozenset()
    assert RoleMapping().wanted({"groups": ["x"], "": ["x"]}) == frozenset()


def test_only_given_roles_are_taken_back() -> None:
    admin: HeldRole = ("admin", None)
    moderator: HeldRole = ("moderator", None)
    nothing, both = frozenset[HeldRole](), frozenset({admin, moderator})
    changes = role_changes(nothing, both, frozenset({moderator}), is_last_admin=False)
    assert changes == RoleChanges(grant=nothing, revoke=frozenset({moderator}), given=nothing)
    kept = role_changes(nothing, both, both, is_last_admin=True)
    assert kept == RoleChanges(grant=nothing, revoke=frozenset({moderator}), given=frozenset({admin}))
    given = role_changes(both, frozenset({admin}), nothing, is_last_admin=False)
    assert given == RoleChanges(grant=frozenset({moderator}), revoke=nothing, given=frozenset({moderator}))


@pytest.mark.parametrize(
    ("username", "handle"),
    [
        ("Grace Hopper", "grace-hopper"),
        ("grace@navy.example", "grace"),
        ("Zoë", "zoe"),
        ("李小龙", ""),
        ("x", ""),
        ("taken", "taken-2"),
        ("a" * 60, "a" * 26),
        ("../../etc", "etc"),
    ],
)
def test_a_handle_is_suggested_from_a_name(username: str, handle: str) -> None:
    assert suggest(username, lambda one: one != "taken") == handle


@pytest.mark.parametrize(
    ("public_url", "base_path", "page"),
    [
        ("", "", "http://here.example:8700/sign-in/return"),
        ("", "/forum", "http://here.example:8700/forum/sign-in/return"),
        ("https://site.example/", "", "https://site.example/sign-in/return"),
        ("https://site.example", "/forum", "https://site.example/forum/sign-in/return"),
        ("https://site.example/forum/", "/forum", "https://site.example/forum/sign-in/return"),
    ],
)
def test_the_provider_sends_browsers_back_to_this_site(public_url: str, base_path: str, page: str) -> None:
    settings = Settings(public_url=public_url, base_path=base_path)
    flows = OidcFlows(Client(), b"key", settings.site_url, settings.base_path)
    request = Request({"type": "http", "scheme": "http", "server": ("here.example", 8700), "path": "/", "headers": []})
    assert flows.begin(request, Response(), "sign in").redirect_uri == page
