"""Tests of an identity provider's settings: none, no new accounts, and roles by a claim."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.gateway.settings import Settings
from shared.testing import TestBroker
from tests.gateway.conftest import Gateway
from tests.gateway.oidc_steps import LINK, PROVE, SIGN_IN, code_of, go_and_return, newcomer, running_site

broker_needed = pytest.mark.broker


@broker_needed
async def test_a_site_can_take_no_new_people_from_the_provider(broker: TestBroker, tmp_path: Path) -> None:
    async with running_site(broker, tmp_path, oidc_sign_up=False) as (gateway, provider):
        provider.sign_in_as("ada")
        assert code_of(await go_and_return(gateway.visitor())) == (403, "identity_unknown")
        ada = await gateway.person("ada")
        assert (await go_and_return(ada.http, LINK)).status_code == 204
        assert (await go_and_return(gateway.visitor())).json()["session"]


@broker_needed
async def test_without_a_provider_nothing_begins(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    for http, purpose in ((gateway.visitor(), SIGN_IN), (ada.http, LINK), (ada.http, PROVE)):
        assert code_of(await http.post(f"{purpose}/begin")) == (404, "no_identity_provider")
    assert (await ada.http.get(LINK)).json() == {"provider": None, "items": []}


@broker_needed
async def test_roles_follow_the_claim_at_each_sign_in(broker: TestBroker, tmp_path: Path) -> None:
    mapping = {"oidc_role_claim": "realm.groups", "oidc_roles": "staff=admin, helpers=moderator, g=moderator:garden"}
    async with running_site(broker, tmp_path, **mapping) as (gateway, provider):
        await gateway.community()
        chief = await gateway.person("chief", "admin")
        provider.sign_in_as("ada", realm={"groups": ["staff", "g", "others", 3]})
        ada = await newcomer(gateway, "ada")
        assert await roles_of(gateway) == ["member", "admin", "moderator:garden"]
        granted = await chief.http.put("/v1/users/ada/roles/moderator")
        assert granted.is_success

        provider.sign_in_as("ada", realm={"groups": "helpers"})
        assert await roles_of(gateway) == ["member", "moderator"]
        provider.sign_in_as("ada", realm={})
        assert await roles_of(gateway) == ["member", "moderator"], "a moderator by hand stays one"
        acts = [
            (act["kind"], act["role"], act["community"], act["actor"])
            for act in (await chief.http.get("/v1/audit")).json()["items"]
            if act["about_handle"] == "ada"
        ]
        assert acts == [
            ("user.role_revoked", "moderator", "garden", "service"),
            ("user.role_revoked", "admin", None, "service"),
            ("user.role_granted", "moderator", None, "user"),
            ("user.role_granted", "moderator", "garden", "service"),
            ("user.role_granted", "admin", None, "service"),
        ]
        assert ada.id


@broker_needed
async def test_the_last_administrator_keeps_the_role_and_unlinking_takes_roles_back(
    broker: TestBroker, tmp_path: Path
) -> None:
    mapping = {"oidc_role_claim": "groups", "oidc_roles": "staff=admin"}
    async with running_site(broker, tmp_path, **mapping) as (gateway, provider):
        provider.sign_in_as("ada", groups=["staff"])
        ada = await newcomer(gateway, "ada")
        provider.sign_in_as("ada", groups=[])
        assert await roles_of(gateway) == ["member", "admin"]
        await gateway.person("chief", "admin")
        assert await roles_of(gateway) == ["member"]
        provider.sign_in_as("ada", groups=["staff"])
        assert await roles_of(gateway) == ["member", "admin"]
        await ada.http.post("/v1/me/password", json={"new": "rainy tulips counting"})
        (item,) = (await ada.http.get(LINK)).json()["items"]
        assert (await ada.http.delete(f"{LINK}/{item['id']}")).status_code == 204
        assert (await ada.http.get("/v1/me")).json()["user"]["roles"] == ["member"]


async def roles_of(gateway: Gateway) -> list[str]:
    """Sign in with the provider's current user, and return their roles."""
    roles: list[str] = (await go_and_return(gateway.visitor())).json()["session"]["user"]["roles"]
    return roles


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"oidc_issuer": "https://id.example"}, "OTTIT_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "ottit"}, "OTTIT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://user@id.example", "oidc_client_id": "ottit"}, "OTTIT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_scopes": "mail"}, "OTTIT_OIDC_SCOPES"),
        ({"oidc_role_claim": "groups"}, "OTTIT_OIDC_ROLES"),
        ({"oidc_roles": "staff=admin"}, "OTTIT_OIDC_ROLE_CLAIM"),
        ({"oidc_role_claim": "groups", "oidc_roles": "staff=owner"}, "OTTIT_OIDC_ROLES"),
        ({"oidc_role_claim": "groups", "oidc_roles": "staff=admin:garden"}, "OTTIT_OIDC_ROLES"),
        ({"public_url": "site.example"}, "address of a site"),
        ({"public_url": "https://"}, "address of a site"),
        ({"public_url": "https://site.example:x"}, "address of a site"),
        ({"public_url": "https://site.example/#there"}, "address of a site"),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(settings: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings.model_validate(settings)


def test_a_role_is_mapped_to_a_community_of_any_name() -> None:
    settings = Settings(oidc_role_claim="groups", oidc_roles="gardeners=moderator:my_garden")
    assert settings.oidc.roles.wanted({"groups": ["gardeners"]}) == {("moderator", "my_garden")}
