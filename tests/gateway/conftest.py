"""Fixtures: a gateway on a real broker, without the other services."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from nats.aio.client import Client
from pydantic import SecretStr

from services.gateway.accounts import password_hashing
from services.gateway.app import create_app
from services.gateway.communities.commands import CommunityCommands
from services.gateway.dependencies import Dependencies, build_dependencies
from services.gateway.posts.queries import PostQueries
from services.gateway.settings import Settings
from shared.ids import new_id
from shared.log.events import Role
from shared.testing import MASTER_KEY, TestBroker, running_broker
from tests.faults.waiting import TIMEOUT_S

PASSWORD = "correct horse battery"
BASE = "http://localhost"


def settings_for(broker: TestBroker, folder: Path, **changes: Any) -> Settings:
    """Return settings of a gateway on a test broker."""
    return Settings(
        broker_url=broker.url,
        broker_password=SecretStr(broker.passwords["gateway"]),
        data_dir=folder / "data",
        master_key=SecretStr(MASTER_KEY),
        **{"rate_scale": 1000, "drift_fewest_people": 1, **changes},
    )


@dataclass
class Person:
    """A signed-in user with a cookie jar."""

    id: str
    handle: str
    http: httpx.AsyncClient

    async def submit(self, **fields: object) -> httpx.Response:
        """Submit a post to the community `garden`."""
        post = {"id": new_id(), "community": "garden", "title": "Tomatoes", "body": "They are ripe."}
        return await self.http.post("/v1/posts", json=post | fields)


@dataclass
class Gateway:
    """A running gateway, and ways to act on it as users do."""

    app: FastAPI
    broker: TestBroker
    dependencies: Dependencies

    async def operator(self) -> Client:
        """Return a connection with all permissions."""
        return await self.broker.connect()

    @property
    def posts(self) -> PostQueries:
        """Queries of the gateway's view."""
        return self.dependencies.post_queries

    def visitor(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return an HTTP client without an account."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, client=(address, 123)), base_url=BASE)

    async def person(self, handle: str, role: Role = "member", community: str | None = None) -> Person:
        """Sign a user up, grant a role, and sign them in. Users with a role are created as an operator creates them."""
        http = self.visitor()
        if role == "member":
            account = await http.post("/v1/accounts", json={"handle": handle, "password": PASSWORD})
            user_id: str = account.raise_for_status().json()["id"]
        else:
            user_id = (await self.dependencies.accounts.create(handle, PASSWORD)).user_id
            sequence = await self.dependencies.accounts.grant(user_id, role, "service:test", community)
            await self.seen(sequence)
        session = await http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD})
        http.headers["x-csrf-token"] = session.raise_for_status().json()["csrf_token"]
        return Person(user_id, handle, http)

    async def community(self, name: str = "garden") -> None:
        """Create a community."""
        await CommunityCommands(self.dependencies.log).create(name, name.title(), "Be kind.", "service:test")
        last = await self.dependencies.log.last("community", name)
        assert last is not None
        await self.seen(last.sequence)

    async def seen(self, sequence: int) -> None:
        """Wait until the view holds the fact with this sequence."""
        assert await self.dependencies.view.wait_for(sequence, TIMEOUT_S)


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Use cheap password hashing: the real one takes 64 MiB and 0.1 s, twice for each user of a test."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    decoy = cheap.hash("a password that nobody has")
    with patch.object(password_hashing, "HASHER", cheap), patch.object(password_hashing, "DECOY", decoy):
        yield


@asynccontextmanager
async def running_gateway(broker: TestBroker, folder: Path, **changes: Any) -> AsyncIterator[Gateway]:
    """Start and stop a gateway as its server does. `changes`: settings."""
    dependencies = build_dependencies(settings_for(broker, folder, **changes))
    app = create_app(dependencies.settings, dependencies)
    with cheap_passwords():
        async with app.router.lifespan_context(app):
            yield Gateway(app, broker, dependencies)


@pytest.fixture(scope="module")
def module_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """Yield a broker for all tests of a module, each of which has people of its own."""
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
async def gateway(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with the community `garden`."""
    async with running_gateway(broker, tmp_path) as running:
        await running.community()
        yield running
