"""Tests that each role may use each route exactly as the table of capabilities says."""

from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.gateway.app import create_app, refuse_unguarded
from services.gateway.http.guard import WITHOUT_CSRF, capability_of
from services.gateway.http.openapi import ANY_KEY
from services.gateway.settings import Settings
from shared.ids import new_id
from shared.log.events import UserSuspended
from shared.security.capabilities import CAPABILITIES, AccessRole, allows
from tests.gateway.conftest import Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker

# The values of path parameters. The guard runs before a value is read, so that any text serves for another parameter.
PLACES = defaultdict(
    lambda: "unknown",
    {
        "post_id": new_id(),
        "handle": "nobody-here",
        "path": "some-page",
        "token_id": new_id(),
        "name": "0" * 64 + ".onnx",
        "digest": "0" * 64,
    },
)


def routes() -> Iterator[tuple[str, str, str]]:
    """Yield method, address and capability of every route."""
    for route in create_app(Settings(master_key=ANY_KEY)).routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                address = route.path.replace("{path:path}", "{path}").format_map(PLACES)
                yield method, address, capability_of(route) or ""


ROUTES = sorted(routes())


def test_every_route_has_a_capability_of_the_table() -> None:
    assert {capability for _, _, capability in ROUTES} <= set(CAPABILITIES)
    assert len(ROUTES) > 25


def test_a_route_without_a_capability_does_not_start() -> None:
    router = APIRouter()
    router.add_api_route("/open", lambda: None)
    with pytest.raises(LookupError, match="/open"):
        refuse_unguarded(router)


async def test_every_role_is_admitted_exactly_where_the_table_says(gateway: Gateway) -> None:
    callers: dict[AccessRole, httpx.AsyncClient] = {
        "visitor": gateway.visitor(),
        "member": (await gateway.person("ada")).http,
        "moderator": (await gateway.person("moderator", "moderator")).http,
        "admin": (await gateway.person("admin", "admin")).http,
        "suspended": (await suspended(gateway)).http,
    }
    wrong = []
    for method, address, capability in ROUTES:
        if capability in ("follow_stream", "sign_out"):
            continue  # an endless answer, and the end of the session: each has its own test
        for role, http in callers.items():
            refused = await is_refused(http, method, address)
            if refused == allows(capability, frozenset({role, "visitor"} if role == "suspended" else {role})):
                wrong.append((method, address, role, "refused" if refused else "let in"))
    assert wrong == []


async def test_a_token_is_limited_to_its_scopes(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    wanted = {"name": "reader", "scopes": ["read_feed", "see_me"], "expires_in_days": 1}
    token = (await ada.http.post("/v1/tokens", json=wanted)).json()["token"]
    program = gateway.visitor()
    program.headers["authorization"] = f"Bearer {token}"
    assert (await program.get("/v1/me")).json()["user"]["handle"] == "ada"
    refused = await program.put(f"/v1/posts/{new_id()}/vote", json={"value": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_a_token_cannot_have_a_scope_that_its_owner_lacks(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    wanted = {"name": "import", "scopes": ["import_posts"], "expires_in_days": 1}
    refused = await ada.http.post("/v1/tokens", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_not_yours")


async def test_a_write_without_the_csrf_header_is_refused(gateway: Gateway) -> None:
    admin = await gateway.person("ada", "admin")
    del admin.http.headers["x-csrf-token"]
    others = {
        capability
        for method, address, capability in ROUTES
        if method != "GET" and '"csrf_mismatch"' not in (await admin.http.request(method, address)).text
    }
    assert others == WITHOUT_CSRF


@pytest.mark.parametrize("header", ["Bearer forged", "Bearer ", "Bearer ß"])
async def test_a_forged_token_is_refused(gateway: Gateway, header: str) -> None:
    answer = await gateway.visitor().get("/v1/feed", headers={b"authorization": header.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


async def test_a_forged_cookie_makes_the_caller_a_visitor(gateway: Gateway) -> None:
    forger = gateway.visitor()
    forger.cookies.set("ottit_session", "forged")
    assert (await forger.get("/v1/communities")).status_code == 200
    assert (await forger.post("/v1/posts", json={})).status_code == 401


async def test_a_session_ends_at_sign_out(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    secret = ada.http.cookies["ottit_session"]
    assert (await ada.http.delete("/v1/sessions/current")).status_code == 204
    thief = gateway.visitor()
    thief.cookies.set("ottit_session", secret)
    assert (await thief.get("/v1/me")).status_code == 401


async def test_a_moderator_cannot_decide_in_another_community(gateway: Gateway) -> None:
    await gateway.community("kitchen")
    ada = await gateway.person("ada")
    cook = await gateway.person("cook", "moderator", "kitchen")
    accepted = (await ada.submit()).json()
    await publish(gateway, accepted["id"])
    review = {"outcome": "published", "reason": "fine", "revision": 1}
    refused = await cook.http.post(f"/v1/review/{accepted['id']}/decision", json=review)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_moderator_here")


async def is_refused(http: httpx.AsyncClient, method: str, address: str) -> bool:
    """Return whether the guard refused the request, rather than the endpoint."""
    answer = await http.request(method, address)
    if answer.status_code not in (401, 403):
        return False
    return answer.json()["code"] in ("unauthenticated", "forbidden", "token_invalid", "suspended")


async def suspended(gateway: Gateway) -> Person:
    """Return a suspended user."""
    person = await gateway.person("suspended")
    sequence = await gateway.dependencies.accounts.change(person.id, UserSuspended(reason="flooding"), "user:moderator")
    await gateway.seen(sequence)
    return person
