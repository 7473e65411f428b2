"""A house that is killed again and again: what breaks in one test must still hold after all the others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from shared.testing import running_broker
from tests.faults.installation import Installation, prepare_installation
from tests.faults.journal import Journal
from tests.faults.load import Load, SignedInUser, open_community, sign_up
from tests.faults.observer import Observer, is_ready, open_observer
from tests.faults.waiting import wait_until


@dataclass
class SharedInstallation:
    """A installation, one person in it, and what that person has sent so far."""

    installation: Installation
    author: SignedInUser
    journal: Journal


@pytest.fixture(scope="session")
def shared_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedInstallation]:
    """One house for all tests that only kill processes: it must survive them one after the other."""
    folder = tmp_path_factory.mktemp("house")
    with running_broker(folder) as broker, prepare_installation(broker, folder, OTTIT_CHECKPOINT_EVERY_S="0.2") as made:
        author = asyncio.run(_move_in(made))
        journal = Journal(folder / "journal.jsonl")
        yield SharedInstallation(made, author, journal)
        journal.close()


@pytest.fixture
async def observer(shared_installation: SharedInstallation) -> AsyncIterator[Observer]:
    """Somebody who reads the house from outside; every part of it runs when the test begins."""
    shared_installation.installation.start()
    opened = await open_observer(
        shared_installation.installation, shared_installation.author, shared_installation.journal
    )
    await wait_until(opened.is_ready, "a ready house")
    yield opened
    await opened.keys_store.close()
    await opened.operator.close()


@pytest.fixture
def load(shared_installation: SharedInstallation) -> Load:
    """The person, writing."""
    return Load(shared_installation.author, shared_installation.journal)


async def _move_in(made: Installation) -> SignedInUser:
    await made.provision()
    await open_community(made.broker)
    made.start()
    await wait_until(lambda: is_ready(made), "the first start")
    return await sign_up(made.url, "ada")
