"""Derived files damaged under running services: each heals within one restart, with the content of a fresh rebuild."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from services.gateway.view.store import Store
from tests.faults.load import Load
from tests.faults.observer import Observer
from tests.faults.waiting import wait_until
from tests.local_damage import flip

pytestmark = [pytest.mark.broker, pytest.mark.faults]


def overwrite(file: Path, source: Random) -> None:
    """Damage the beginning of a file in place, with the tables' roots."""
    flip(file, 0, 3000, source)


def cut(file: Path, _: Random) -> None:
    """Cut a file in place: reading what is mapped into memory then kills the process."""
    with file.open("r+b") as opened:
        opened.truncate(4096)


@pytest.mark.parametrize("damage", [overwrite, cut])
async def test_a_view_damaged_while_it_is_read_is_built_again(observer: Observer, load: Load, damage: object) -> None:
    assert callable(damage)
    installation = observer.installation
    async with load.running():
        await load.until_accepted(20)
    await load.settle()
    await observer.wait_until_idle()
    file = Store.place(installation.folder / "data" / "gateway")
    installation.stop("gateway")
    installation.start("gateway")
    await wait_until(observer.is_ready, "ready, and the write-ahead log is in the file")
    damage(file, Random(7))
    async with load.running():
        for _ in range(2):  # the process ends by itself, and its launcher starts it again
            for _ in range(100):
                if installation.processes["gateway"].poll() is not None:
                    installation.processes.pop("gateway")
                    installation.start("gateway")
                    break
                await asyncio.sleep(0.1)
        await wait_until(observer.is_ready, "ready again")
    await load.settle()
    await observer.wait_until_idle()
    assert await observer.violations() == []
