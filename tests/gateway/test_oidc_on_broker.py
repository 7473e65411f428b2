"""Tests of sign-in by a real identity provider: accounts, linking, proofs, and the last way to sign in."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.gateway.accounts.password_commands import PasswordCommands
from shared.ids import new_id
from shared.log.events import UserSecurityChanged
from shared.problems import NotFound
from shared.testing import TestBroker
from tests.bucket_entries import entries
from tests.gateway.conftest import PASSWORD, Gateway
from tests.gateway.oidc_steps import LINK, PROVE, at_provider, begin, code_of, go_and_return, newcomer, running_site
from tests.identity_provider import IdentityProvider

# One site for all tests: each has people of its own.
pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
Site = tuple[Gateway, IdentityProvider]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(module_broker: TestBroker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(module_broker, tmp_path_factory.mktemp("site")) as running:
        yield running


async def test_a_new_person_chooses_a_handle_and_comes_back(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("Grace Hopper")
    http = gateway.visitor()
    first = (await go_and_return(http)).json()
    assert first == {"session": None, "new": {"username": "Grace Hopper", "suggested_handle": "grace-hopper"}}
    assert (await http.get("/v1/me")).status_code == 401
    refused = [code_of(await http.post("/v1/accounts/oidc", json={"handle": one})) for one in ("admin", "A!")]
    assert refused == [(422, "handle_reserved"), (422, "invalid")]
    cookie = http.cookies["ottit_identity"]
    made = await http.post("/v1/accounts/oidc", json={"handle": "grace"})
    assert (made.status_code, made.json()["user"]["handle"]) == (201, "grace")
    assert "ottit_identity" not in http.cookies
    another = gateway.visitor()
    another.cookies.set("ottit_identity", cookie)
    repeated = await another.post("/v1/accounts/oidc", json={"handle": "grace2"})
    assert code_of(repeated) == (409, "identity_of_another")

    session = (await go_and_return(gateway.visitor())).json()["session"]
    assert session["user"] == (await http.get("/v1/me")).json()["user"] == made.json()["user"]
    wrong = await gateway.visitor().post("/v1/sessions", json={"handle": "grace", "password": ""})
    assert code_of(wrong) == (401, "wrong_credentials")


async def test_a_taken_handle_leaves_the_identity_free_for_another_one(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("taken")
    await gateway.person("taken")
    http = gateway.visitor()
    assert (await go_and_return(http)).json()["new"]["suggested_handle"] == "taken-2"
    assert code_of(await http.post("/v1/accounts/oidc", json={"handle": "taken"})) == (409, "handle_taken")
    assert code_of(await http.post("/v1/accounts/oidc", json={"handle": "ta-ken"})) == (409, "handle_looks_alike")
    assert (await http.post("/v1/accounts/oidc", json={"handle": "untaken"})).status_code == 201


async def test_an_identity_is_linked_signs_in_and_is_unlinked_by_its_owner(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("linked")
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    assert (await go_and_return(ada.http, LINK)).status_code == 204
    assert (await go_and_return(ada.http, LINK)).status_code == 204  # repeated
    assert code_of(await go_and_return(ben.http, LINK)) == (409, "identity_of_another")
    assert (await ben.http.get(LINK)).json() == {"provider": "Example University", "items": []}
    (item,) = (await ada.http.get(LINK)).json()["items"]
    assert (item["username"], item["issuer"], item["is_current"]) == ("linked", provider.url, True)
    assert (await go_and_return(gateway.visitor())).json()["session"]["user"]["id"] == ada.id

    assert (await ben.http.delete(f"{LINK}/{item['id']}")).status_code == 404
    assert (await ada.http.delete(f"{LINK}/{item['id']}")).status_code == 204
    assert (await ada.http.get(LINK)).json()["items"] == []
    assert (await go_and_return(gateway.visitor())).json()["new"]
    assert (await go_and_return(ben.http, LINK)).status_code == 204
    facts = [event.data for event in await gateway.dependencies.log.facts_of("user", ada.id)]
    changes = [fact.change for fact in facts if isinstance(fact, UserSecurityChanged)]
    assert changes == ["sign_in_linked", "sign_in_linked", "sign_in_unlinked"]


async def test_the_same_name_and_mail_address_link_nobody(site: Site) -> None:
    gateway, provider = site
    await gateway.person("lovelace")
    provider.sign_in_as("lovelace", email="lovelace@mail.example", email_verified=True)
    answer = (await go_and_return(gateway.visitor())).json()
    assert answer["session"] is None
    assert answer["new"]["suggested_handle"] == "lovelace-2"


async def test_the_last_way_to_sign_in_stays(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("last")
    person = await newcomer(gateway, "last-way")
    (item,) = (await person.http.get(LINK)).json()["items"]
    assert code_of(await person.http.delete(f"{LINK}/{item['id']}")) == (409, "last_sign_in")
    assert (await person.http.get("/v1/me/security")).json()["has_password"] is False
    assert (await person.http.post("/v1/me/password", json={"new": PASSWORD})).status_code == 204
    assert (await person.http.delete(f"{LINK}/{item['id']}")).status_code == 204
    assert (await gateway.visitor().post("/v1/sessions", json={"handle": "last-way", "password": PASSWORD})).is_success


async def test_a_proof_needs_a_fresh_sign_in_at_the_provider(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("prover")
    fresh = await newcomer(gateway, "prover")
    provider.sign_in_as("prover", auth_time=1)
    session = (await go_and_return(http := gateway.visitor())).json()["session"]
    http.headers["x-csrf-token"] = session["csrf_token"]
    wanted = {"name": "script", "scopes": ["see_me"]}
    assert code_of(await http.post("/v1/tokens", json=wanted)) == (403, "proof_needed")
    for time in (1, 10**11, 10**400):
        provider.sign_in_as("prover", auth_time=time)
        assert code_of(await go_and_return(http, PROVE)) == (403, "identity_not_fresh")
    provider.sign_in_as("somebody-else")
    assert code_of(await go_and_return(http, PROVE)) == (403, "identity_of_another")
    assert code_of(await http.post("/v1/tokens", json=wanted)) == (403, "proof_needed")
    provider.sign_in_as("prover")
    address = await begin(http, PROVE)
    assert "prompt=login&max_age=0" in address
    before = http.cookies["ottit_session"]
    assert (await http.post(PROVE, json=await at_provider(address))).status_code == 204
    assert http.cookies["ottit_session"] != before  # as after every proof
    assert (await http.post("/v1/tokens", json=wanted)).status_code == 201
    assert (await fresh.http.post("/v1/tokens", json=wanted)).status_code == 201


async def test_an_erasure_frees_the_identity(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("leaving")
    person = await newcomer(gateway, "leaving")
    entries = await entries_of(gateway, person.id)
    assert sorted(name.partition(".")[0] for name in entries) == ["credentials", "identity", "leaving"]
    assert "leaving" not in "".join(value for name, value in entries.items() if "." in name)
    assert (await person.http.request("DELETE", "/v1/me", json={})).status_code == 204
    assert await entries_of(gateway, person.id) == {}
    assert (await go_and_return(gateway.visitor())).json()["new"]


async def test_an_entry_that_came_back_from_a_damaged_file_counts_no_more(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("returned", sub="returned", preferred_username="x")
    old, new = await gateway.person("old-owner"), await gateway.person("new-owner")
    identities = gateway.dependencies.account_services.oidc.identities
    bucket = await (await gateway.operator()).jetstream().key_value("ACCOUNTS")
    entry = f"identity.{await identities.id_of(provider.url, 'returned')}"
    await bucket.put(entry, f'{{"id": "{old.id}"}}'.encode())
    assert (await go_and_return(gateway.visitor())).json()["new"]
    assert (await go_and_return(new.http, LINK)).status_code == 204
    assert (await go_and_return(gateway.visitor())).json()["session"]["user"]["id"] == new.id


async def entries_of(gateway: Gateway, user_id: str) -> dict[str, str]:
    """Return the entries of `ACCOUNTS` that name a user."""
    values = await entries(await gateway.operator(), "ACCOUNTS")
    return {name: value.decode() for name, value in values.items() if user_id in value.decode()}


async def test_a_link_that_fails_takes_nothing_else_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway, provider = site
    ida = await gateway.person("ida")
    assert (await ida.http.post("/v1/me/recovery-codes")).status_code == 201
    provider.sign_in_as("ida-elsewhere")
    with monkeypatch.context() as during:
        during.setattr(PasswordCommands, "note", gone)
        assert code_of(await go_and_return(ida.http, LINK)) == (404, "not_found")
    stored = await gateway.dependencies.accounts.credentials.read(ida.id)
    assert (len(stored.recovery_codes), stored.identities) == (10, ())
    assert (await go_and_return(gateway.visitor())).json()["new"]


async def gone(*_: object) -> None:
    """Answer as if the user had been erased meanwhile."""
    raise NotFound("There is no such user.")


async def test_a_suspended_person_signs_in_and_cannot_write(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("spammer")
    person, chief = await newcomer(gateway, "spammer"), await gateway.person("chief", "admin")
    assert (await chief.http.post("/v1/users/spammer/suspension", json={"reason": "Spam."})).is_success
    session = (await go_and_return(http := gateway.visitor())).json()["session"]
    assert session["user"]["id"] == person.id
    assert (await http.get("/v1/me")).json()["standing"] == "suspended"


async def test_an_interrupted_sign_up_can_be_repeated(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("interrupted", sub="the subject", preferred_username="x")
    identities, user_id = gateway.dependencies.account_services.oidc.identities, new_id()
    await identities.reserve(user_id, await identities.id_of(provider.url, "the subject"), provider.url)
    http = gateway.visitor()
    assert (await go_and_return(http)).json()["new"]
    made = await http.post("/v1/accounts/oidc", json={"handle": "interrupted"})
    assert made.json()["user"]["id"] == user_id
    assert (await go_and_return(gateway.visitor())).json()["session"]["user"]["id"] == user_id
