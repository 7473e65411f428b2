"""Fixtures for fault tests. All tests kill and restart one installation, so damage shows in later tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from shared.testing import running_broker
from tests.faults.installation import Installation, prepare_installation
from tests.faults.journal import Journal
from tests.faults.load import Load, SignedInUser, create_community, sign_up
from tests.faults.observer import Observer, is_ready, open_observer
from tests.faults.waiting import wait_until


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


async def _create_user(installation: Installation) -> SignedInUser:
    await installation.provision()
    await create_community(installation.broker)
    installation.start()
    await wait_until(lambda: is_ready(installation), "the first start")
    return await sign_up(installation.url, "ada")
