"""Attacks on sign-in by an identity provider: forged tokens, swapped browsers and purposes, and hostile providers."""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, hmac
from jwkest.jwk import RSAKey
from jwkest.jws import JWS

from shared.testing import TestBroker
from tests.gateway.conftest import PASSWORD, Gateway
from tests.gateway.oidc_steps import LINK, PROVE, SIGN_IN, at_provider, begin, code_of, go_and_return, running_site
from tests.identity_provider import Claims, IdentityProvider, new_key, parameters_of

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
Site = tuple[Gateway, IdentityProvider]
REFUSED, EXPIRED = (401, "identity_refused"), (422, "challenge_expired")
UNAVAILABLE = (503, "identity_provider_unavailable")

# Claims that make an ID token one that is not meant for this sign-in.
FORGED_CLAIMS: dict[str, Claims] = {
    "another nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another-site"},
    "another audience for this party": {"aud": ["another-site"], "azp": "ottit"},
    "no audience": {"aud": []},
    "several audiences without a party": {"aud": ["ottit", "another-site"]},
    "another authorized party": {"aud": ["ottit", "another-site"], "azp": "another-site"},
    "expired": {"exp": int(time.time()) - 120},
    "no expiry": {"exp": None},
    "an expiry that is no number": {"exp": "never"},
    "issued in the future": {"iat": int(time.time()) + 3600},
    "not valid yet": {"nbf": int(time.time()) + 3600},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is too long": {"sub": "x" * 256},
    "a subject that is no text": {"sub": ["ada"]},
    "the hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(module_broker: TestBroker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(module_broker, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def site(shared_site: Site) -> Site:
    gateway, provider = shared_site
    provider.sign_in_as("ada", preferred_username="ada")
    provider.token_of, provider.answers, provider.discovery = None, {}, {}
    gateway.dependencies.account_services.oidc.provider.discovery.forget()
    return gateway, provider


async def test_no_id_token_that_is_meant_for_something_else_signs_in(site: Site) -> None:
    gateway, provider = site
    let_in = {}
    for name, claims in FORGED_CLAIMS.items():
        provider.sign_in_as("ada", **{"preferred_username": "ada", **claims})
        if (answer := code_of(await go_and_return(gateway.visitor()))) != REFUSED:
            let_in[name] = answer
    assert let_in == {}
    provider.sign_in_as(
        "ada", preferred_username="ada", aud=["ottit", "another-site"], azp="ottit", exp=int(time.time()) - 20
    )
    assert (await go_and_return(gateway.visitor())).json()["new"], "what fits, with clocks that differ by seconds"


async def test_no_signature_but_the_providers_counts(site: Site) -> None:
    gateway, provider = site
    let_in = {}
    for name, forge in forgeries(provider).items():
        provider.token_of = forge
        if (answer := code_of(await go_and_return(gateway.visitor()))) != REFUSED:
            let_in[name] = answer
    assert let_in == {}
    provider.token_of = provider.signed
    assert (await go_and_return(gateway.visitor())).json()["new"]


async def test_a_rotated_key_is_found_and_a_flood_of_unknown_keys_is_not(site: Site) -> None:
    gateway, provider = site
    discovery = gateway.dependencies.account_services.oidc.provider.discovery
    assert (await go_and_return(gateway.visitor())).json()["new"]
    provider.rotate()
    discovery.clock = lambda: time.monotonic() + 60
    assert (await go_and_return(gateway.visitor())).json()["new"]
    unknown = new_key("unknown")
    provider.token_of = lambda claims: provider.signed(claims, unknown)
    asked = provider.requests.count("/keys")
    answers = [code_of(await go_and_return(gateway.visitor())) for _ in range(3)]
    discovery.clock = time.monotonic
    assert answers == [REFUSED] * 3
    assert provider.requests.count("/keys") == asked


async def test_an_answer_counts_once_and_in_its_own_browser_only(site: Site) -> None:
    gateway, _ = site
    victim, attacker = gateway.visitor(), gateway.visitor()
    given = await at_provider(await begin(attacker))
    assert code_of(await victim.post(SIGN_IN, json=given)) == EXPIRED, "no flow in this browser: login CSRF"
    address = await begin(victim)
    assert code_of(await victim.post(SIGN_IN, json=given)) == EXPIRED, "the state of another browser"
    swapped = given | {"state": parameters_of(address)["state"]}
    assert code_of(await victim.post(SIGN_IN, json=swapped)) == REFUSED, "the code of another browser: PKCE and nonce"

    own = await at_provider(await begin(victim))
    cookie = victim.cookies["ottit_oidc"]
    assert (await victim.post(SIGN_IN, json=own)).json()["new"]
    again = gateway.visitor()
    again.cookies.set("ottit_oidc", cookie)
    assert code_of(await again.post(SIGN_IN, json=own)) == EXPIRED, "the same answer once more"
    fresh = own | {"state": parameters_of(await begin(victim))["state"]}
    assert code_of(await victim.post(SIGN_IN, json=fresh)) == REFUSED, "a used code"
    assert code_of(await victim.post(SIGN_IN, json={"code": "x", "state": ""})) == EXPIRED


async def test_a_foreign_answer_does_not_end_the_flow_of_this_browser(site: Site) -> None:
    gateway, _ = site
    http = gateway.visitor()
    given = await at_provider(await begin(http))
    assert code_of(await http.post(SIGN_IN, json={"code": "x", "state": "0" * 64})) == EXPIRED
    assert (await http.post(SIGN_IN, json=given)).json()["new"]


async def test_a_flow_serves_its_own_purpose_and_user_only(site: Site) -> None:
    gateway, provider = site
    provider.sign_in_as("purpose", preferred_username="purpose")
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    for begun, ended in ((SIGN_IN, LINK), (LINK, PROVE), (PROVE, SIGN_IN), (LINK, SIGN_IN)):
        given = await at_provider(await begin(ada.http, begun))
        assert code_of(await ada.http.post(ended, json=given)) == EXPIRED, f"{begun} ended as {ended}"
    given = await at_provider(await begin(ada.http, LINK))
    ben.http.cookies.set("ottit_oidc", ada.http.cookies["ottit_oidc"])
    assert code_of(await ben.http.post(LINK, json=given)) == EXPIRED, "the session of another user"
    without_token = httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://localhost")
    without_token.cookies.update(ada.http.cookies)
    assert code_of(await without_token.post(LINK, json=given)) == (403, "csrf_mismatch")
    assert (await ada.http.get(LINK)).json()["items"] == []


async def test_an_answer_of_another_provider_is_refused(site: Site) -> None:
    gateway, provider = site
    http = gateway.visitor()
    given = await at_provider(await begin(http))
    assert code_of(await http.post(SIGN_IN, json=given | {"iss": "https://evil.example"})) == REFUSED
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    gateway.dependencies.account_services.oidc.provider.discovery.forget()
    assert code_of(await go_and_return(http)) == REFUSED, "the provider names itself always, and here it did not"
    given = await at_provider(await begin(http))
    assert (await http.post(SIGN_IN, json=given | {"iss": provider.url})).json()["new"]


async def test_a_browser_is_sent_to_the_provider_and_to_this_site_only(site: Site) -> None:
    gateway, provider = site
    asked = await gateway.visitor().post(f"{SIGN_IN}/begin", headers={"x-forwarded-host": "evil.example"})
    address = asked.json()["address"]
    parameters = parameters_of(address)
    assert address.startswith(f"{provider.url}/authorize?")
    assert parameters["redirect_uri"] == "http://localhost/sign-in/return"
    assert (parameters["response_type"], parameters["code_challenge_method"]) == ("code", "S256")
    assert not {"code_verifier", "client_secret"} & parameters.keys()
    cookie = asked.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("ottit_oidc=", "httponly", "samesite=lax", "path=/"))
    evil = await gateway.visitor().post(f"{SIGN_IN}/begin", headers={"host": "evil.example"})
    assert evil.status_code == 421


BAD_DISCOVERIES: dict[str, Claims] = {
    "another issuer": {"issuer": "https://evil.example"},
    "an address without HTTPS": {"token_endpoint": "http://internal.example/token"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "a script": {"authorization_endpoint": "javascript:alert(1)"},
    "no key set": {"jwks_uri": None},
    "a number": {"token_endpoint": 7},
}


async def test_a_provider_that_describes_itself_wrongly_is_not_used(site: Site) -> None:
    gateway, provider = site
    discovery = gateway.dependencies.account_services.oidc.provider.discovery
    used = {}
    for name, changes in BAD_DISCOVERIES.items():
        provider.discovery = changes
        discovery.forget()
        if (answer := code_of(await gateway.visitor().post(f"{SIGN_IN}/begin"))) != UNAVAILABLE:
            used[name] = answer
    assert used == {}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
async def test_an_answer_that_is_huge_or_no_json_is_refused_and_passwords_go_on(site: Site, path: str) -> None:
    gateway, provider = site
    discovery = gateway.dependencies.account_services.oidc.provider.discovery
    for content in (b'{"keys": "' + b"x" * 400_000, b"[]", b"<html>"):
        provider.answers = {path: content}
        discovery.forget()
        http = gateway.visitor()
        begun = await http.post(f"{SIGN_IN}/begin")
        answer = begun if begun.is_error else await http.post(SIGN_IN, json=await at_provider(begun.json()["address"]))
        assert code_of(answer) in (UNAVAILABLE, REFUSED)
        provider.answers = {}
    credentials = {"handle": f"person{path[1]}".replace(".", "x"), "password": PASSWORD}
    (await gateway.visitor().post("/v1/accounts", json=credentials)).raise_for_status()
    assert (await gateway.visitor().post("/v1/sessions", json=credentials)).status_code == 201


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).decode().rstrip("=")


def forgeries(provider: IdentityProvider) -> dict[str, Callable[[Claims], str]]:
    """Return ways to make ID tokens whose signature is not the provider's."""
    pem = provider.signing_key.key.public_key().export_key()
    other, unknown = new_key("first"), new_key("unknown")

    def by_hmac(claims: Claims, secret: bytes) -> str:
        content = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(claims)}"
        mac = hmac.HMAC(secret, hashes.SHA256())
        mac.update(content.encode())
        return f"{content}.{encoded(mac.finalize())}"

    return {
        "no signature": lambda claims: f"{encoded({'alg': 'none'})}.{encoded(claims)}.",
        "none in capitals": lambda claims: f"{encoded({'alg': 'NONE', 'kid': 'first'})}.{encoded(claims)}.",
        "the public key as a secret": lambda claims: by_hmac(claims, pem),
        "the client's secret as a key": lambda claims: by_hmac(claims, b"the secret of the client"),
        "another key with the same id": lambda claims: provider.signed(claims, other),
        "a key of the token's own": lambda claims: own_key(claims, other),
        "an unknown key": lambda claims: provider.signed(claims, unknown),
        "a cut signature": lambda claims: provider.signed(claims)[:-8],
        "changed claims": lambda claims: changed(provider.signed(claims), {**claims, "sub": "admin"}),
        "no token": lambda claims: "not.a-token",
        "an encrypted token": lambda claims: "a.b.c.d.e",
    }


def own_key(claims: Claims, key: RSAKey) -> str:
    """Return a token that brings the key for its own signature."""
    head = {"alg": "RS256", "jwk": key.serialize()}
    content = f"{encoded(head)}.{encoded(claims)}"
    token: str = JWS(json.dumps(claims), alg="RS256").sign_compact([key])
    return f"{content}.{token.rpartition('.')[2]}"


def changed(token: str, claims: Claims) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims)}.{signature}"
