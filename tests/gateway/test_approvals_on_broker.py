"""Tests of accounts that wait for an approval, on every route, and of the decisions about them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from services.gateway.accounts import erasure
from shared.roles.reader import roles_in_force
from shared.security.capabilities import CAPABILITIES, MEMBERS, TABLE
from shared.testing import TestBroker
from tests.faults.waiting import wait_until
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway
from tests.gateway.test_capabilities_on_broker import ROUTES
from tests.gateway.test_invitations_on_broker import invite, join
from tests.gateway.test_passwords_on_broker import Mailbox, mailbox  # noqa: F401

pytestmark = pytest.mark.broker
REASON = "I grow tomatoes on a balcony."


@pytest.fixture
async def approving(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway on which new accounts wait."""
    async with running_gateway(broker, tmp_path, sign_ups="approval") as running:
        await running.community()
        yield running


async def waiting(gateway: Gateway, handle: str = "ada") -> Person:
    """Sign up with a reason, and sign in."""
    http = gateway.visitor()
    body = {"handle": handle, "password": PASSWORD, "reason": REASON}
    account = (await http.post("/v1/accounts", json=body)).raise_for_status().json()
    await sign_in(http, handle)
    return Person(account["id"], handle, http)


async def sign_in(http: httpx.AsyncClient, handle: str) -> None:
    """Sign in on this client."""
    session = await http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD})
    http.headers["x-csrf-token"] = session.raise_for_status().json()["csrf_token"]


async def decide(by: Person, about: Person, outcome: str, reason: str | None = None) -> httpx.Response:
    """Decide on a person who waits."""
    return await by.http.post(f"/v1/applications/{about.id}/decision", json={"outcome": outcome, "reason": reason})


async def standing(person: Person) -> dict[str, object]:
    """Return a person's own account."""
    found: dict[str, object] = (await person.http.get("/v1/me")).json()
    return found


async def test_a_waiting_account_reads_as_a_visitor_and_writes_on_no_route(approving: Gateway) -> None:
    ada = await waiting(approving)
    wrong = []
    for method, address, capability in ROUTES:
        who = CAPABILITIES[capability].who
        if capability in ("follow_stream", "sign_out") or who & {"waiting", "visitor"}:
            continue
        answer = await ada.http.request(method, address)
        if (answer.status_code, answer.json().get("code")) != (403, "waiting_for_approval"):
            wrong.append((method, address, answer.status_code, answer.text[:80]))
    assert wrong == []
    assert (await ada.http.get("/v1/communities")).status_code == 200


def test_whoever_waits_has_their_own_account_and_what_everybody_has() -> None:
    of_the_waiting = {row.name for row in TABLE if "waiting" in row.who}
    assert of_the_waiting == {row.name for row in TABLE if "suspended" in row.who}
    records = {record for name in of_the_waiting for record in CAPABILITIES[name].records.split(", ")}
    assert records == {"nothing", "user.erased", "user.security_changed", "post.withdrawn"}
    assert all(row.who >= MEMBERS for row in TABLE if "waiting" in row.who)


async def test_an_approval_reaches_every_gateway_and_the_open_page(approving: Gateway, tmp_path: Path) -> None:
    moderator, ada = await approving.person("mod", "moderator"), await waiting(approving)
    assert (await standing(ada))["standing"] == "waiting"
    listed = (await moderator.http.get("/v1/applications")).json()
    assert (listed["waiting"], [one["reason"] for one in listed["items"]]) == (1, [REASON])
    async with running_gateway(approving.broker, tmp_path / "second", sign_ups="approval") as second:
        elsewhere = Person(ada.id, "ada", second.visitor())
        await sign_in(elsewhere.http, "ada")
        assert (await elsewhere.submit()).json()["code"] == "waiting_for_approval"
        told = asyncio.create_task(next_account_event(second, ada.id))
        assert (await decide(moderator, ada, "approved")).raise_for_status().json()["state"] == "approved"
        await told

        async def may_write() -> bool:
            return (await elsewhere.submit()).status_code == 202

        await wait_until(may_write, "the other gateway knows the approval")
    assert (await ada.submit()).status_code == 202
    assert (await moderator.http.get("/v1/applications")).json() == {"waiting": 0, "items": []}
    assert (await decide(moderator, ada, "approved")).json()["sequence"] == 0
    assert (await decide(moderator, ada, "refused", "late")).json()["code"] == "approved_already"


async def next_account_event(gateway: Gateway, user_id: str) -> None:
    """Wait until an open page of this user is told that the account has changed."""
    changed = asyncio.Event()
    stop = gateway.dependencies.view.subscribe(
        lambda change: changed.set() if getattr(change, "user_id", "") == user_id else None
    )
    async with asyncio.timeout(60):
        await changed.wait()
    stop()


async def test_a_refused_person_reads_the_reason_and_may_delete_the_account(approving: Gateway) -> None:
    admin, ada = await approving.person("root", "admin"), await waiting(approving)
    assert (await decide(admin, ada, "refused")).json()["code"] == "reason_missing"
    (await decide(admin, ada, "refused", "This is an advertisement.")).raise_for_status()
    assert (await ada.http.get("/v1/me")).status_code == 401  # every session has ended
    await sign_in(ada.http, "ada")
    me = await standing(ada)
    assert (me["standing"], me["refusal"]["reason"]) == ("refused", "This is an advertisement.")  # type: ignore[index]
    assert (await ada.submit()).json()["code"] == "sign_up_refused"
    acts = (await admin.http.get("/v1/audit")).json()["items"]
    assert [(act["kind"], act["about_handle"], act["reason"]) for act in acts][:1] == [
        ("user.refused", "ada", "This is an advertisement.")
    ]
    assert (await ada.http.request("DELETE", "/v1/me", json={"password": PASSWORD})).status_code == 204
    assert (await admin.http.get("/v1/applications")).json()["items"] == []
    assert "advertisement" not in (await admin.http.get("/v1/audit")).text


async def test_a_refused_account_is_erased_after_a_week_unless_it_was_approved_after_all(approving: Gateway) -> None:
    admin = await approving.person("root", "admin")
    people = [await waiting(approving, handle) for handle in ("ada", "ben")]
    for person in people:
        (await decide(admin, person, "refused", "No.")).raise_for_status()
    await approving.dependencies.erasures.erase_refused()
    assert await approving.dependencies.accounts.id_or_empty("ada")
    (await decide(admin, people[1], "approved")).raise_for_status()
    with patch.object(erasure, "REFUSED_KEPT_FOR", timedelta(0)):
        await approving.dependencies.erasures.erase_refused()
    assert await approving.dependencies.accounts.id_or_empty("ada") == ""
    assert await approving.dependencies.accounts.id_or_empty("ben") == people[1].id
    last = await approving.dependencies.log.last("user", people[0].id)
    assert last is not None
    await approving.seen(last.sequence)
    assert (await waiting(approving, "ada")).id != people[0].id


async def test_an_approval_and_a_refusal_at_the_same_moment_end_in_an_approval(approving: Gateway) -> None:
    admin, moderator = await approving.person("root", "admin"), await approving.person("mod", "moderator")
    people = [await waiting(approving, f"person-{one}") for one in range(4)]
    decisions = [decide(admin, one, "refused", "No.") for one in people]
    await asyncio.gather(*decisions, *(decide(moderator, one, "approved") for one in people))
    listed = (await admin.http.get("/v1/applications")).json()
    assert listed == {"waiting": 0, "items": []}


async def test_only_moderators_of_the_whole_site_decide(approving: Gateway) -> None:
    ada = await waiting(approving)
    local = await approving.person("local", "moderator", "garden")
    assert (await decide(local, ada, "approved")).json()["code"] == "not_moderator_everywhere"
    assert (await local.http.get("/v1/applications")).json()["code"] == "not_moderator_everywhere"


async def test_a_waiting_person_gets_no_role(approving: Gateway) -> None:
    admin, ada = await approving.person("root", "admin"), await waiting(approving)
    assert (await admin.http.put("/v1/users/ada/roles/moderator")).json()["code"] == "account_waiting"
    accounts, log = approving.dependencies.accounts, approving.dependencies.log
    await approving.seen(await accounts.grant(ada.id, "moderator", "service:test"))
    assert (await ada.submit()).json()["code"] == "waiting_for_approval"
    operator = await approving.operator()
    assert await roles_in_force(operator, log, ada.id) == frozenset()
    await operator.close()


async def test_an_invitation_spares_the_queue_and_the_setting_does_not_undo_decisions(
    approving: Gateway, tmp_path: Path
) -> None:
    admin, ada = await approving.person("root", "admin"), await waiting(approving)
    assert await join(approving, "ben", await invite(admin)) == ""
    assert await join(approving, "eve", "guessed") == "invitation_invalid"
    ben = Person("", "ben", approving.visitor())
    await sign_in(ben.http, "ben")
    assert (await ben.submit()).status_code == 202
    async with running_gateway(approving.broker, tmp_path / "open", sign_ups="open") as opened:
        later = Person(ada.id, "ada", opened.visitor())
        await sign_in(later.http, "ada")
        assert (await standing(later))["standing"] == "waiting"
        carl = await opened.person("carl")
        assert (await carl.submit()).status_code == 202
    again = Person(carl.id, "carl", approving.visitor())
    await sign_in(again.http, "carl")
    assert (await again.submit()).status_code == 202


async def test_the_person_is_told_by_mail(broker: TestBroker, tmp_path: Path, mailbox: tuple[Mailbox, int]) -> None:  # noqa: F811
    box, port = mailbox
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "smtp_from": "ottit@site.example"}
    async with running_gateway(
        broker, tmp_path, sign_ups="approval", public_url="https://site.example", **smtp
    ) as gateway:
        admin, ada = await gateway.person("root", "admin"), await waiting(gateway)
        (await ada.http.put("/v1/me/mail", json={"address": "ada@mail.example"})).raise_for_status()
        await box.holds(1)
        code = box.link(r"#confirm=(\w+)")
        (await ada.http.post("/v1/me/mail/confirmation", json={"code": code})).raise_for_status()
        (await decide(admin, ada, "refused", "We know no such garden.")).raise_for_status()
        await box.holds(2)
        assert "We know no such garden." in str(box.mails[-1].get_payload())
