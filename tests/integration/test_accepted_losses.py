"""After `ottit losses accept` nothing is reported, and what damaged messages had blocked can be written again."""

import pytest
from nats.aio.client import Client

from deploy.operations.losses import accept_and_rewrite
from shared.log.lost_messages import unreadable_messages
from shared.log.stored_marks import stored_losses
from shared.log.stream_marks import StreamMarks
from shared.testing import TestBroker
from tests.integration.test_lost_messages import DAMAGED, DECLARED, damage, fill, subject_of

pytestmark = pytest.mark.broker
# Their subjects never get a second message, or the log's own command replaces them.
BLOCK_NOBODY = {"AUDIT", "PREVIEWS", "KEPT_SPANS", "KV_POLICIES", "DEAD_LETTERS", "CHALLENGES"}
REWRITTEN = ["SIGNALS", "SPENDING", "KV_ACCOUNTS", "KV_KEYS", "KV_SESSIONS", "KV_REVOKED"]


async def write_again(client: Client, name: str) -> None:
    """Write to the subject of the damaged message."""
    counter = bool(DECLARED[name].get("allow_msg_counter"))
    await client.jetstream(timeout=10).publish(
        subject_of(name, DAMAGED), b"" if counter else b"again", headers={"Nats-Incr": "+1"} if counter else None
    )


async def test_damaged_streams_are_replaced_by_what_is_left(broker: TestBroker) -> None:
    names = [*REWRITTEN, *BLOCK_NOBODY]
    client = await broker.connect()
    for name in names:
        await fill(client, name)
    content = (await client.jetstream().stream_info("EVENTS")).config.metadata
    await client.close()
    broker.stop()
    for name in names:
        damage(broker, name, "bit")
    broker.start()
    client = await broker.connect()
    marks = StreamMarks(client)
    await marks.start()
    await marks.read_all()
    await marks.close()
    assert set(marks.losses) == set(names)
    assert set(await accept_and_rewrite(client)) == set(names)
    assert await stored_losses(client) == {}
    for name in REWRITTEN:
        assert await unreadable_messages(client, name) == 0
        await write_again(client, name)
    left = {name: (await client.jetstream().stream_info(name)).state.messages for name in REWRITTEN}
    assert left == dict.fromkeys(REWRITTEN, 20) | {"SPENDING": 1}, "the others are still there"
    assert (await client.jetstream().stream_info("EVENTS")).config.metadata != content, "views are rebuilt"
    fresh = StreamMarks(client)
    await fresh.start()
    await fresh.read_all()
    await fresh.close()
    assert fresh.losses == {}, "neither a new stream nor an accepted message is a loss"
    await client.close()
