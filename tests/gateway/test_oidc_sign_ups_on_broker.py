"""Tests of new people from an identity provider at sites that ask for an invitation or an approval, or are closed."""

from pathlib import Path

import pytest

from shared.testing import TestBroker
from tests.gateway.oidc_steps import code_of, go_and_return, running_site

pytestmark = pytest.mark.broker
SIGN_UP = "/v1/accounts/oidc"


async def test_an_invitation_counts_once_and_a_refusal_leaves_the_identity_free(
    broker: TestBroker, tmp_path: Path
) -> None:
    async with running_site(broker, tmp_path, sign_ups="invitation") as (gateway, provider):
        chief = await gateway.person("chief", "admin")
        invitation = (await chief.http.post("/v1/invitations", json={"uses": 1})).raise_for_status().json()["code"]
        provider.sign_in_as("ada")
        http = gateway.visitor()
        assert (await go_and_return(http)).json()["new"]
        assert code_of(await http.post(SIGN_UP, json={"handle": "ada"})) == (403, "invitation_needed")
        wrong = {"handle": "ada", "invitation": "wrong"}
        assert code_of(await http.post(SIGN_UP, json=wrong)) == (403, "invitation_invalid")
        taken = {"handle": "chief", "invitation": invitation}
        assert code_of(await http.post(SIGN_UP, json=taken)) == (409, "handle_taken")
        assert (await http.post(SIGN_UP, json={"handle": "ada", "invitation": invitation})).status_code == 201
        assert (await go_and_return(gateway.visitor())).json()["session"]
        provider.sign_in_as("ben")
        other = gateway.visitor()
        assert (await go_and_return(other)).json()["new"]
        again = await other.post(SIGN_UP, json={"handle": "ben", "invitation": invitation})
        assert code_of(again) == (403, "invitation_invalid")


async def test_a_new_person_waits_for_an_approval(broker: TestBroker, tmp_path: Path) -> None:
    mapping = {"oidc_role_claim": "groups", "oidc_roles": "helpers=moderator"}
    async with running_site(broker, tmp_path, sign_ups="approval", **mapping) as (gateway, provider):
        provider.sign_in_as("ada", groups=["helpers"])
        http = gateway.visitor()
        assert (await go_and_return(http)).json()["new"]
        assert (await http.post(SIGN_UP, json={"handle": "ada", "reason": "I grow tomatoes."})).status_code == 201
        assert (await http.get("/v1/me")).json()["standing"] == "waiting"
        assert (await http.get("/v1/me")).json()["user"]["roles"] == ["member"]
        chief = await gateway.person("chief", "admin")
        (waiting,) = (await chief.http.get("/v1/applications")).json()["items"]
        assert (waiting["handle"], waiting["reason"]) == ("ada", "I grow tomatoes.")
        await chief.http.post(f"/v1/applications/{waiting['id']}/decision", json={"outcome": "approved"})
        user = (await go_and_return(gateway.visitor())).json()["session"]["user"]
        assert (user["handle"], user["roles"]) == ("ada", ["member", "moderator"])


async def test_a_closed_site_takes_nobody_from_the_provider(broker: TestBroker, tmp_path: Path) -> None:
    async with running_site(broker, tmp_path, sign_ups="closed") as (gateway, provider):
        provider.sign_in_as("ada")
        assert code_of(await go_and_return(gateway.visitor())) == (403, "sign_ups_closed")
