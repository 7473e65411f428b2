"""A house that is killed again and again: what breaks in one test must still hold after all the others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from shared.testing import running_broker
from tests.faults.house import House, house
from tests.faults.journal import Journal
from tests.faults.load import Citizen, Load, citizen, open_community
from tests.faults.verdict import Witness, is_ready, open_witness
from tests.faults.waiting import until


@dataclass
class Inhabited:
    """A house, one person in it, and what that person has sent so far."""

    house: House
    author: Citizen
    journal: Journal


@pytest.fixture(scope="session")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    """One house for all tests that only kill processes: it must survive them one after the other."""
    folder = tmp_path_factory.mktemp("house")
    with running_broker(folder) as broker, house(broker, folder, OTTIT_CHECKPOINT_EVERY_S="0.2") as made:
        author = asyncio.run(_move_in(made))
        journal = Journal(folder / "journal.jsonl")
        yield Inhabited(made, author, journal)
        journal.close()


@pytest.fixture
async def witness(inhabited: Inhabited) -> AsyncIterator[Witness]:
    """Somebody who reads the house from outside; every part of it runs when the test begins."""
    inhabited.house.start()
    opened = await open_witness(inhabited.house, inhabited.author, inhabited.journal)
    await until(opened.is_ready, "a ready house")
    yield opened
    await opened.ring.close()
    await opened.operator.close()


@pytest.fixture
def load(inhabited: Inhabited) -> Load:
    """The person, writing."""
    return Load(inhabited.author, inhabited.journal)


async def _move_in(made: House) -> Citizen:
    await made.provision()
    await open_community(made.broker)
    made.start()
    await until(lambda: is_ready(made), "the first start")
    return await citizen(made.url, "ada")
