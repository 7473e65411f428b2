"""A gateway with a real identity provider, and the steps of a sign-in as a browser takes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from shared.testing import TestBroker
from tests.gateway.conftest import BASE, Gateway, Person, running_gateway
from tests.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    running_identity_provider,
    sign_in_at,
)

SIGN_IN, LINK, PROVE = "/v1/sessions/oidc", "/v1/me/identities", "/v1/me/proof/oidc"


@asynccontextmanager
async def running_site(
    broker: TestBroker, folder: Path, **changes: Any
) -> AsyncIterator[tuple[Gateway, IdentityProvider]]:
    """Start and stop a provider, and a gateway that uses it. `changes`: settings of the gateway."""
    with running_identity_provider(f"{BASE}/sign-in/return") as provider:
        settings = {
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_name": "Example University",
        }
        async with running_gateway(broker, folder, **(settings | changes)) as gateway:
            yield gateway, provider


async def begin(http: httpx.AsyncClient, purpose: str = SIGN_IN) -> str:
    """Begin a way to the provider. Returns the address of its page."""
    answer = await http.post(f"{purpose}/begin")
    address: str = answer.raise_for_status().json()["address"]
    return address


async def at_provider(address: str) -> dict[str, str]:
    """Sign in at the provider. Returns the parameters with which it sends the browser back."""
    return await asyncio.to_thread(sign_in_at, address)


async def go_and_return(http: httpx.AsyncClient, purpose: str = SIGN_IN) -> httpx.Response:
    """Go to the provider and come back. Returns the site's answer."""
    return await http.post(purpose, json=await at_provider(await begin(http, purpose)))


async def newcomer(gateway: Gateway, handle: str) -> Person:
    """Sign up with the provider's current user, and keep the session."""
    http = gateway.visitor()
    assert (await go_and_return(http)).json()["new"]
    made = (await http.post("/v1/accounts/oidc", json={"handle": handle})).raise_for_status().json()
    http.headers["x-csrf-token"] = made["csrf_token"]
    return Person(made["user"]["id"], handle, http)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the problem code of an answer; an empty code if it is no problem."""
    found = answer.json() if answer.content else {}
    return answer.status_code, found.get("code", "")
