"""Fixtures for fault tests. Tests share an installation, so damage by one shows in later ones."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.testing import running_broker
from tests.faults.installation import Installation, prepare_installation
from tests.faults.journal import Journal
from tests.faults.live import Live
from tests.faults.load import Load, SignedInUser, create_community, sign_up
from tests.faults.observer import Observer, is_ready, open_observer
from tests.faults.report.plugin import PLUGIN, FaultPlugin
from tests.faults.waiting import wait_until
from tests.running_installation import RunningInstallation, running_installation


@dataclass
class SharedInstallation:
    """An installation with one user, and the journal of that user's posts."""

    installation: Installation
    author: SignedInUser
    journal: Journal


@pytest.fixture(scope="session")
def shared_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedInstallation]:
    """Yield one installation for all tests that kill processes."""
    folder = tmp_path_factory.mktemp("installation")
    with running_broker(folder) as broker, prepare_installation(broker, folder, OTTIT_CHECKPOINT_EVERY_S="0.2") as made:
        author = asyncio.run(_create_user(made))
        journal = Journal(folder / "journal.jsonl")
        yield SharedInstallation(made, author, journal)
        journal.close()


@pytest.fixture
async def observer(shared_installation: SharedInstallation) -> AsyncIterator[Observer]:
    """Yield an observer of the installation, after starting all services."""
    shared_installation.installation.start()
    opened = await open_observer(
        shared_installation.installation, shared_installation.author, shared_installation.journal
    )
    await wait_until(opened.is_ready, "the installation is ready")
    yield opened
    await opened.key_store.close()
    await opened.operator.close()


@pytest.fixture
def load(shared_installation: SharedInstallation) -> Load:
    """Return the load of that user."""
    return Load(shared_installation.author, shared_installation.journal)


@pytest.fixture
def fault_seed() -> int:
    """Return a random seed. The plugin of `make faults` passes one per trial instead."""
    return secrets.randbelow(10**6)


@pytest.fixture
def long_faults(request: pytest.FixtureRequest) -> bool:
    """Return whether to run what takes ten minutes and more: `make faults LONG=1`."""
    plugin = request.config.pluginmanager.get_plugin(PLUGIN)
    return isinstance(plugin, FaultPlugin) and plugin.long


@pytest.fixture(scope="module")
def live_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """Yield a real installation for the tests of a module."""
    with running_installation(tmp_path_factory.mktemp("live") / "data", OTTIT_RATE_SCALE="1000") as running:
        yield running


@pytest.fixture
def live(
    live_installation: RunningInstallation, fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> Live:
    """Return that installation with a load, which the test starts."""
    return make_live(live_installation, fault_seed, tmp_path, request)


def make_live(installation: RunningInstallation, seed: int, folder: Path, request: pytest.FixtureRequest) -> Live:
    """Return a load for an installation, whose seed and judged invariants go into the report."""
    properties: list[tuple[str, object]] = request.node.user_properties
    properties.append(("seed", seed))
    return Live(installation, seed, folder, record=lambda name, value: properties.append((name, value)))


async def _create_user(installation: Installation) -> SignedInUser:
    await installation.provision()
    await create_community(installation.broker)
    installation.start()
    await wait_until(lambda: is_ready(installation), "the first start")
    return await sign_up(installation.url, "ada")
