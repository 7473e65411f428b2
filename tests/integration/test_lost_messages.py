"""Damages every stream and bucket on disk: each loss is noticed and named, or declared harmless with a reason."""

import re
from pathlib import Path

import pytest
from nats.aio.client import Client

from shared.log.loss_table import LOSSES, as_markdown, marked_streams, plain_name
from shared.log.provision import provision
from shared.log.stored_marks import accept_losses, stored_losses
from shared.log.stream_marks import StreamMarks
from shared.log.streams import BUCKETS, STREAMS
from shared.testing import TestBroker
from tests.faults.damage import Damage, stream_folder

pytestmark = pytest.mark.broker
DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
DECLARED = {str(one["name"]): one for one in (*STREAMS, *BUCKETS)}
# Their damage is tested by tests/faults/test_damaged_files.py.
OF_THE_LOG = {"EVENTS"}
MESSAGES, DAMAGED = 20, 15


def on_disk() -> list[str]:
    """Return every stream whose loss must be noticed here."""
    return [
        name
        for name, declared in DECLARED.items()
        if declared["storage"] == "file" and name not in OF_THE_LOG and not LOSSES[plain_name(name)].harmless
    ]


def test_every_stream_and_bucket_says_what_a_loss_means() -> None:
    assert {plain_name(name) for name in DECLARED} == set(LOSSES)
    for name, loss in LOSSES.items():
        assert bool(loss.noticed) != bool(loss.harmless), f"{name}: either somebody notices it, or it is harmless"
        assert loss.means


def test_the_documentation_has_the_table_of_the_code() -> None:
    assert as_markdown() in DOCUMENT.read_text(encoding="utf-8"), "copy what `loss_table.as_markdown` returns"


def test_all_streams_on_disk_are_compared_with_marks() -> None:
    assert set(on_disk()) == set(marked_streams())


def subject_of(name: str, number: int) -> str:
    """Return the subject of one of the messages in a stream."""
    return re.sub(r"[>*]$", f"key-{number}", str(DECLARED[name]["subjects"][0]))


async def fill(broker: Client, name: str) -> None:
    """Write messages that differ in subject and content."""
    stream = broker.jetstream()
    for number in range(1, MESSAGES + 1):
        counter = bool(DECLARED[name].get("allow_msg_counter"))
        await stream.publish(
            subject_of(name, number),
            b"" if counter else f"message-{number}-{'x' * 100}".encode(),
            headers={"Nats-Incr": f"{number:+d}"} if counter else None,
        )


def damage(broker: TestBroker, name: str, how: str) -> None:
    """Flip a bit in a message, or cut the file there."""
    file = next(stream_folder(broker.folder, name).rglob("*.blk"))
    word = subject_of(name, DAMAGED).encode()
    at = file.read_bytes().rindex(word) + len(word) + 4
    Damage(file, at, 3 if how == "bit" else None).apply()


async def losses_after(broker: TestBroker, names: list[str], how: str, *, kill: bool) -> dict[str, str]:
    """Fill the streams, damage them while the broker is stopped, and return what is noticed then."""
    client = await broker.connect()
    for name in names:
        await fill(client, name)
    marks = StreamMarks(client)
    await marks.start()
    await marks.close()
    assert not marks.losses
    await client.close()
    broker.stop(kill=kill)
    for name in names if how != "nothing" else []:
        damage(broker, name, how)
    broker.start()
    client = await broker.connect()
    await provision(client)
    fresh = StreamMarks(client)
    await fresh.start()
    await fresh.read_all()
    found = dict(fresh.losses)
    assert await stored_losses(client) == found, "they are kept until the operator accepts them"
    assert await accept_losses(client) == list(found)
    await fresh.read_all()
    assert not fresh.losses, "what was accepted is not reported again"
    await fresh.close()
    await client.close()
    return found


@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
@pytest.mark.parametrize("how", ["bit", "cut", "nothing"])
async def test_a_loss_in_any_stream_is_noticed(broker: TestBroker, how: str, kill: bool) -> None:
    lost = await losses_after(broker, on_disk(), how, kill=kill)
    print(lost)
    assert set(lost) == (set() if how == "nothing" else set(on_disk()))
    assert all(plain_name(name) in sentence for name, sentence in lost.items())
