"""Tests that no request hangs, fails internally or loses its outcome while the broker does not answer or is full."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.gateway.accounts import commands
from services.gateway.http.deadline import ANSWER_S
from shared.ids import new_id
from shared.testing import TestBroker
from tests.gateway.conftest import PASSWORD, Gateway, Person
from tests.gateway.test_capabilities_on_broker import PLACES, ROUTES
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker

# The machine may be busy: this only shows that an answer comes, not how fast it is.
PATIENCE_S = 4 * ANSWER_S
PROMISED = {503, 507, 429}


@contextmanager
def paused(broker: TestBroker) -> Iterator[None]:
    """Stop the broker's process without closing its connections."""
    assert broker.process
    os.kill(broker.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.process.pid, signal.SIGCONT)


@dataclass(frozen=True)
class Write:
    """A valid write. `facts`: the subject under which exactly one fact must be stored, however often it is sent.

    Empty for signals and settings, which a repeat sets again.
    """

    by: Person
    method: str
    path: str
    body: dict[str, Any]
    facts: str = ""

    async def send(self) -> httpx.Response:
        return await self.by.http.request(self.method, f"/v1{self.path}", json=self.body)


async def writes(gateway: Gateway) -> list[Write]:
    """Return one valid write for each route that appends facts, each about a post or user of its own."""
    ada, ben, mod, importer = [
        await gateway.person(name, role)  # type: ignore[arg-type]
        for name, role in (("ada", "member"), ("ben", "member"), ("mod", "admin"), ("importer", "importer"))
    ]
    ids = {}
    outcomes = {"edit": "", "withdraw": "", "appeal": "rejected"}
    outcomes |= dict.fromkeys(("vote", "report", "read"), "published")
    for name, outcome in outcomes.items():
        answer = (await ada.submit()).raise_for_status().json()
        ids[name] = answer["id"]
        if outcome:
            await publish(gateway, answer["id"], outcome)
        await gateway.seen(answer["sequence"])
    new, reason = new_id(), {"reason": "It names a street."}
    newcomer = Person("", "newcomer", gateway.visitor())
    return [
        Write(newcomer, "POST", "/accounts", {"handle": "newcomer", "password": PASSWORD}, "$KV.ACCOUNTS.newcomer"),
        Write(ada, "POST", "/posts", {"id": new, "community": "garden", "title": "", "body": "Rain."},
              f"events.post.submitted.{new}"),
        Write(ada, "PATCH", f"/posts/{ids['edit']}", {"body": "Snow.", "revision": 1},
              f"events.post.edited.{ids['edit']}"),
        Write(ada, "DELETE", f"/posts/{ids['withdraw']}", {}, f"events.post.withdrawn.{ids['withdraw']}"),
        Write(ada, "POST", f"/posts/{ids['appeal']}/appeal", reason, f"events.post.appealed.{ids['appeal']}"),
        Write(ben, "POST", f"/posts/{ids['report']}/report", reason, "events.report.filed.*"),
        Write(ben, "PUT", f"/posts/{ids['vote']}/vote", {"value": 1}),
        Write(ben, "POST", f"/posts/{ids['read']}/read", {}),
        Write(mod, "POST", "/communities", {"name": "kitchen", "title": "Kitchen"}, "events.community.created.kitchen"),
        Write(mod, "POST", f"/users/{importer.handle}/suspension", {"reason": "a test", "days": 1}),
        Write(ada, "POST", "/tokens", {"name": "reader", "scopes": ["read_feed"], "expires_in_days": 1}),
    ]  # fmt: skip


async def test_every_route_answers_while_the_broker_is_paused(gateway: Gateway) -> None:
    admin = (await gateway.person("admin", "admin")).http
    visitor = gateway.visitor()
    calls = [(method, address) for method, address, capability in ROUTES if capability not in ("follow_stream",)]
    bodies: dict[str, Any] = {
        "/v1/accounts": {"handle": "newcomer", "password": PASSWORD},
        "/v1/sessions": {"handle": "admin", "password": PASSWORD},
        "/v1/previews/check": {"community": "garden", "title": "", "body": "Rain."},
        "/v1/me": {"password": PASSWORD},
        "/v1/import": {"posts": [{"id": "r1", "community": "garden", "text": "Rain."}]},
    }
    with paused(gateway.broker):
        started = time.monotonic()
        answers = await asyncio.gather(
            *[
                http.request(method, address, json=bodies.get(address) if method != "GET" else None)
                for http in (admin, visitor)
                for method, address in calls
            ]
        )
        took = time.monotonic() - started
    assert took < PATIENCE_S
    odd = [
        (answer.request.method, answer.request.url.path, answer.status_code, answer.text[:200])
        for answer in answers
        if answer.status_code >= 500 and not is_promised(answer)
    ]
    assert odd == []
    assert any(answer.status_code == 503 for answer in answers)


async def test_a_write_during_a_pause_can_be_sent_again_and_is_stored_once(gateway: Gateway) -> None:
    wanted = await writes(gateway)
    with paused(gateway.broker):
        first = await asyncio.gather(*[write.send() for write in wanted])
    for write, answer in zip(wanted, first, strict=True):
        assert is_promised(answer), (write.path, answer.status_code, answer.text)
        assert answer.json()["code"] in ("outcome_unknown", "service_unavailable"), (write.path, answer.text)
    operator = (await gateway.operator()).jetstream()
    for write in wanted:
        for _ in range(2):
            again = await write.send()
            assert again.is_success, (write.path, again.text)
        if write.facts:
            stream = "KV_ACCOUNTS" if write.facts.startswith("$KV.") else "EVENTS"
            found = await operator.stream_info(stream, subjects_filter=write.facts)
            assert sum((found.state.subjects or {}).values()) == 1, write.path


async def test_a_full_log_refuses_writes_with_507(gateway: Gateway) -> None:
    wanted = await writes(gateway)
    operator = (await gateway.operator()).jetstream()
    config = (await operator.stream_info("EVENTS")).config
    config.max_bytes = 1
    await operator.update_stream(config)
    for write in wanted:
        if not write.facts:
            continue
        answer = await write.send()
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), write.path
        assert int(answer.headers["retry-after"]) > 0
    config.max_bytes = -1
    await operator.update_stream(config)
    for write in wanted:
        assert (await write.send()).is_success, write.path


# Writes that need no case above, with what a repeat after an unknown outcome does.
REPEATS = {
    "change_interests": "the same no is kept once, or taken back once",
    "change_password": "the new password proves the same as the old one: tests/gateway/test_passwords_on_broker.py",
    "change_sign_in": "it is set again",
    "check_draft": "nothing is stored",
    "create_account": "the identity has an account, and 409 says so: tests/gateway/test_oidc_on_broker.py",
    "decide_sign_ups": "the same decision changes nothing: tests/gateway/test_approvals_on_broker.py",
    "erase_me": "the account is gone, and 401 says so",
    "import_posts": "rows have ids: tests/gateway/test_imports_on_broker.py",
    "invite_people": "another invitation is made, and nobody has the code of the first one; it can be revoked",
    "manage_roles": "the role is given or taken again, which changes nothing",
    "prove_identity": "the proof counts from the repeat on",
    "reset_password": "the new password proves the same as the code: tests/gateway/test_passwords_on_broker.py",
    "review_posts": "the same decision gets the same answer: tests/moderation/test_handlers_on_broker.py",
    "revoke_token": "it is revoked, and 404 says so",
    "send_previews": "previews have ids and bind nobody",
    "send_traces": "a span may be shown twice",
    "sign_in": "another session begins, and nobody has the cookie of the first one",
    "sign_out": "the session has ended, and 401 says so",
    "suspend_people": "the suspension ends again",
    "verify_receipt": "nothing is stored",
}


async def test_every_write_is_repeated_here_or_says_what_a_repeat_does(gateway: Gateway) -> None:
    tested = {(write.method, len(write.path.split("/")), write.path.split("/")[1]) for write in await writes(gateway)}
    named = {
        capability
        for method, address, capability in ROUTES
        if method not in ("GET", "HEAD") and (method, len(address.split("/")) - 1, address.split("/")[2]) not in tested
    }
    assert sorted(named - REPEATS.keys()) == []


async def test_a_sign_up_is_repeated_by_its_own_person_and_soon_only(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, account = gateway.visitor(), {"handle": "newcomer", "password": PASSWORD}
    first = (await visitor.post("/v1/accounts", json=account)).raise_for_status().json()
    assert (await visitor.post("/v1/accounts", json=account)).json() == first
    other = await visitor.post("/v1/accounts", json=account | {"password": f"{PASSWORD} of another"})
    assert (other.status_code, other.json()["code"]) == (409, "handle_taken")
    monkeypatch.setattr(commands, "REPEAT_WITHIN_S", 0.0)
    late = await visitor.post("/v1/accounts", json=account)
    assert (late.status_code, late.json()["code"]) == (409, "handle_taken")


async def test_repeated_sign_ups_are_no_way_to_guess_a_password(gateway: Gateway) -> None:
    visitor, account = gateway.visitor(), {"handle": "newcomer", "password": PASSWORD}
    (await visitor.post("/v1/accounts", json=account)).raise_for_status()
    for number in range(commands.MOST_REPEATS):
        guess = await visitor.post("/v1/accounts", json=account | {"password": f"{PASSWORD} {number}"})
        assert guess.status_code == 409
    assert (await visitor.post("/v1/accounts", json=account)).status_code == 409


def is_promised(answer: httpx.Response) -> bool:
    """Return whether a failure is a documented one that says when to try again."""
    return answer.status_code in PROMISED and int(answer.headers.get("retry-after", 0)) > 0


def test_the_paths_of_the_writes_are_routes() -> None:
    assert {address for _, address, _ in ROUTES} >= {f"/v1/posts/{PLACES['post_id']}/vote", "/v1/posts"}
