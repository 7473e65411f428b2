"""A backup during writes contains everything that was accepted before it began; a failed one replaces nothing."""

import asyncio
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.operations.backup import make_backup
from deploy.operations.restore import finish_restore, open_backup, restore
from shared.log.read_to_end import read_to_end
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker


def names(folder: Path) -> set[str]:
    """Return the names of the backup's files, complete or not."""
    return {path.name for path in folder.iterdir() if path.suffix in (".backup", ".part")}


async def write(operator: Client, stop: asyncio.Event, accepted: list[str]) -> None:
    """Append messages until told to stop, and note each one that was acknowledged."""
    while not stop.is_set():
        subject = f"events.test.{len(accepted)}"
        await operator.jetstream().publish(subject, b"x" * 500)
        accepted.append(subject)


async def test_a_backup_during_writes_contains_what_was_accepted_before_it(broker: TestBroker, tmp_path: Path) -> None:
    operator, writer = await broker.connect(), await broker.connect()
    stop, accepted = asyncio.Event(), list[str]()
    writing = asyncio.create_task(write(writer, stop, accepted))

    async def has_begun() -> bool:
        return len(accepted) >= 50

    await wait_until(has_begun, "the writer has begun")
    before = len(accepted)
    created = await make_backup(operator, tmp_path / "today.backup", MASTER_KEY, lambda _name, _size: None)
    stop.set()
    await writing
    backup = open_backup(created.file, created.people, MASTER_KEY)
    await finish_restore(operator, await restore(operator, backup, lambda _name, _size: None))
    stored = [message.subject async for message in read_to_end(operator, "EVENTS")]
    assert len(stored) >= before
    assert stored == accepted[: len(stored)], "a prefix of the log, without gaps"
    await operator.close()
    await writer.close()


async def test_a_backup_that_fails_leaves_the_previous_one(broker: TestBroker, tmp_path: Path) -> None:
    operator, file = await broker.connect(), tmp_path / "today.backup"
    await make_backup(operator, file, MASTER_KEY, lambda _name, _size: None)
    previous = file.read_bytes()

    def full(name: str, _size: int) -> None:
        if name == "EVENTS":
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await make_backup(operator, file, MASTER_KEY, full)
    assert file.read_bytes() == previous
    assert names(tmp_path) == {"people.backup", "today.backup"}
    await operator.close()
