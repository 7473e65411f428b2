"""Tests of changed, recovered and reset passwords."""

import math
import re
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from argon2 import Type
from pydantic import ValidationError

from services.gateway.accounts import password_hashing
from services.gateway.accounts.security_schemas import MailIn
from services.gateway.settings import Settings
from shared.log.events import UserSecurityChanged
from shared.testing import TestBroker, free_port
from tests.faults.waiting import wait_until
from tests.gateway.conftest import PASSWORD, Gateway, Person, running_gateway

pytestmark = pytest.mark.broker
NEW = "rainy tulips counting"
ADDRESS = "ada@mail.example"


class Mailbox(MessageHandler):
    """Keeps the mails that an SMTP server has received."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        """Keep a mail."""
        self.mails.append(message)

    async def holds(self, count: int) -> None:
        """Wait for this many mails."""

        async def arrived() -> bool:
            return len(self.mails) >= count

        await wait_until(arrived, f"{count} mails have arrived")
        assert len(self.mails) == count

    def link(self, pattern: str) -> str:
        """Return the code in the last mail."""
        found = re.search(pattern, bytes(self.mails[-1].get_payload(decode=True)).decode())
        assert found, self.mails[-1]
        return found[1]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A real SMTP server, and its port."""
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@pytest.fixture
async def mailing(
    broker: TestBroker, tmp_path: Path, mailbox: tuple[Mailbox, int]
) -> AsyncIterator[tuple[Gateway, Mailbox]]:
    """A gateway that sends mails."""
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": mailbox[1], "smtp_tls": "none", "smtp_from": "ottit@site.example"}
    async with running_gateway(broker, tmp_path, **smtp, public_url="https://site.example") as running:
        yield running, mailbox[0]


async def sign_in(gateway: Gateway, password: str, handle: str = "ada") -> int:
    answer = await gateway.visitor().post("/v1/sessions", json={"handle": handle, "password": password})
    return answer.status_code


async def reset(gateway: Gateway, **body: str) -> httpx.Response:
    return await gateway.visitor().post("/v1/password-resets/completion", json={"new": NEW} | body)


async def last_change(gateway: Gateway, person: Person) -> str:
    """Return the last change of a user's credentials in the log."""
    event = await gateway.dependencies.log.last_by_subject(UserSecurityChanged.subject(person.id))
    assert event is not None
    assert isinstance(event.data, UserSecurityChanged)
    return event.data.change


async def test_a_changed_password_replaces_the_old_one_and_ends_other_sessions_on_wish(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    other = gateway.visitor()
    await other.post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    wanted = {"current": "not the password", "new": NEW}
    refused = await ada.http.post("/v1/me/password", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    easy = await ada.http.post("/v1/me/password", json={"current": PASSWORD, "new": "password12"})
    assert easy.json()["code"] == "password_common"

    for _ in range(2):  # a repeat after an unknown outcome succeeds
        assert (await ada.http.post("/v1/me/password", json={"current": PASSWORD, "new": NEW})).status_code == 204
    assert (await sign_in(gateway, PASSWORD), await sign_in(gateway, NEW)) == (401, 201)
    assert (await other.get("/v1/me")).status_code == 200
    ending = {"current": NEW, "new": PASSWORD, "end_other_sessions": True}
    assert (await ada.http.post("/v1/me/password", json=ending)).status_code == 204
    assert (await other.get("/v1/me")).status_code == 401
    assert (await ada.http.get("/v1/me")).status_code == 200
    assert await last_change(gateway, ada) == "password_changed"


async def test_a_password_counts_exactly_as_typed_and_may_be_long(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    long = f"  Ünïcode {'and spaces ' * 8}Æ"
    assert 64 < len(long) <= 200
    assert (await ada.http.post("/v1/me/password", json={"current": PASSWORD, "new": long})).status_code == 204
    others = [long.strip(), long[:72], long.lower(), long[:-1]]
    assert [await sign_in(gateway, one) for one in others] == [401] * len(others)
    assert await sign_in(gateway, long) == 201


def test_passwords_are_hashed_as_rfc_9106_recommends() -> None:
    hasher = password_hashing.HASHER
    assert (hasher.type, hasher.memory_cost, hasher.time_cost) == (Type.ID, 64 * 1024, 3)
    assert (hasher.salt_len, hasher.hash_len) == (16, 32)


async def test_a_recovery_code_sets_one_password(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    old = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    codes = (await ada.http.post("/v1/me/recovery-codes")).json()["codes"]
    assert len(set(codes)) == 10
    bits = {math.floor(len(code.replace("-", "")) * math.log2(32)) for code in codes}
    assert min(bits) >= 128  # fewer than 112 would need a slow hash
    assert (await ada.http.get("/v1/me/security")).json()["recovery_codes"] == 10
    stored = (await gateway.dependencies.accounts.credentials.read(ada.id)).model_dump_json()
    assert not [code for code in codes if code.replace("-", "") in stored.replace("-", "")]

    assert (await reset(gateway, handle="ada", code=old[0])).json()["code"] == "wrong_code"
    assert (await reset(gateway, handle="ada", code=codes[0].upper())).status_code == 204
    assert (await sign_in(gateway, PASSWORD), await sign_in(gateway, NEW)) == (401, 201)
    assert (await ada.http.get("/v1/me")).status_code == 401
    assert (await reset(gateway, handle="ada", code=codes[0])).status_code == 204  # a repeat with the same password
    again = await reset(gateway, handle="ada", code=codes[0], new="another phrase entirely")
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
    assert await last_change(gateway, ada) == "recovery_code_used"


async def test_an_operators_code_resets_once_and_an_unknown_one_says_nothing(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    code = await gateway.dependencies.account_services.passwords.begin_reset(ada.id, "service:operator")
    assert (await reset(gateway, code=code, new="ada-ada-ada-ada")).json()["code"] == "password_has_handle"
    assert (await reset(gateway, code=code)).status_code == 204
    assert await sign_in(gateway, NEW) == 201
    other = [
        await reset(gateway, code=one, new="another phrase entirely") for one in (code, f"{ada.id}.x", "nobody.x", "")
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in other} == {(401, "wrong_code")}
    unknown = await reset(gateway, handle="nobody-here", code="00000")
    assert (unknown.status_code, unknown.json()["code"]) == (401, "wrong_code")


async def test_a_reset_by_mail_needs_a_confirmed_address_and_answers_alike(mailing: tuple[Gateway, Mailbox]) -> None:
    gateway, box = mailing
    ada = await gateway.person("ada")
    await gateway.person("ben")
    assert (await ada.http.put("/v1/me/mail", json={"address": ADDRESS})).status_code == 204
    await box.holds(1)
    assert (box.mails[0]["to"], box.mails[0]["from"]) == (ADDRESS, "ottit@site.example")
    stored = (await gateway.dependencies.accounts.credentials.read(ada.id)).model_dump_json()
    assert ADDRESS not in stored
    assert await ask(gateway, "ada") == (202, "null")
    assert (await ada.http.post("/v1/me/mail/confirmation", json={"code": "wrong"})).json()["code"] == "wrong_code"
    code = box.link(r"#confirm=([0-9a-f]+)")
    assert (await ada.http.post("/v1/me/mail/confirmation", json={"code": code})).status_code == 204

    answers = {await ask(gateway, handle) for handle in ("nobody-here", "ben", "ada")}
    assert answers == {(202, "null")}
    await box.holds(2)
    assert (await ada.http.get("/v1/me")).status_code == 200
    assert (await reset(gateway, code=box.link(r"/reset#(\S+)"))).status_code == 204
    assert (await ada.http.get("/v1/me")).status_code == 401
    assert await sign_in(gateway, NEW) == 201
    await box.holds(3)
    assert "password was changed" in box.mails[2]["subject"]


async def ask(gateway: Gateway, handle: str) -> tuple[int, str]:
    """Ask for a reset by mail."""
    answer = await gateway.visitor().post("/v1/password-resets", json={"handle": handle})
    return answer.status_code, answer.text


async def test_an_address_without_a_mail_server_is_refused(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    answer = await ada.http.put("/v1/me/mail", json={"address": ADDRESS})
    assert (answer.status_code, answer.json()["code"]) == (409, "mail_unavailable")


async def test_an_erasure_deletes_changed_credentials(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await ada.http.post("/v1/me/password", json={"current": PASSWORD, "new": NEW})
    await ada.http.post("/v1/me/recovery-codes")
    assert (await ada.http.request("DELETE", "/v1/me", json={"password": NEW})).status_code == 204
    stored = await gateway.dependencies.accounts.credentials.read(ada.id)
    assert (stored.password, stored.recovery_codes) == ("", ())
    assert await sign_in(gateway, NEW) == 401


@pytest.mark.parametrize("code", ["\u001c\u00a1\u00ae\u001a", "a b.c", ".", "*.x", ">", "$KV.x", "é"])
async def test_a_reset_code_of_any_characters_is_wrong_and_no_error(gateway: Gateway, code: str) -> None:
    wanted = {"code": code, "new": "four unrelated words here"}
    answer = await gateway.visitor().post("/v1/password-resets/completion", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
def test_mails_leave_the_machine_encrypted_only(tls: str) -> None:
    mail: dict[str, Any] = {"smtp_from": "a@site.example", "public_url": "https://site.example", "smtp_tls": tls}
    assert Settings(smtp_host="localhost", **mail).smtp_tls == tls
    if tls == "none":
        with pytest.raises(ValidationError, match="OTTIT_SMTP_TLS"):
            Settings(smtp_host="mail.example.org", **mail)
    else:
        assert Settings(smtp_host="mail.example.org", **mail).smtp_tls == tls


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: c@d.example", "a@b.example\n", "a@b.example, c@d.example", "a b@c.example", "<a@b>"],
)
def test_an_address_adds_no_header_and_no_second_receiver(address: str) -> None:
    with pytest.raises(ValidationError):
        MailIn(address=address)
