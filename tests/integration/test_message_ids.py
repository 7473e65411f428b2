"""No service hides what another writes by using its message id before.

The broker drops a message with an id that is in its stream already, also if another service used it.
"""

import re
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from shared.log.dead_letters import write_dead_letter
from shared.log.read_to_end import read_to_end
from shared.log.streams import BUCKETS, STREAMS
from shared.security.permissions import SERVICES, may_publish
from shared.testing import TestBroker
from tests.integration.broker_attacks import WORD, matches

ROOT = Path(__file__).parents[2]
# Modules that send message ids, and the stream of each. The log notices an id that was used (`Log.append`).
SENDERS = {"shared/log/append.py": "EVENTS", "services/gateway/timeline/trace_retention.py": "KEPT_SPANS"}
CHECKED = {"EVENTS"}
ORIGIN = "$JS.ACK.EVENTS.moderation-decide-post.1.17.3.1700000000000000000.0"


def writers_of(stream: str) -> list[str]:
    """Return the services that may write to a stream."""
    (declared,) = (one for one in (*STREAMS, *BUCKETS) if one["name"] == stream)
    return [
        service
        for service in SERVICES
        for own in may_publish(service)
        if any(matches(own.replace("*", WORD).replace(">", WORD), pattern) for pattern in declared["subjects"])
    ]


def test_only_streams_of_one_writer_or_with_a_check_use_message_ids() -> None:
    sources = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if re.search("Nats-Msg-Id|MESSAGE_ID", path.read_text())}
    assert found == set(SENDERS)
    assert all(len(set(writers_of(stream))) == 1 for stream in set(SENDERS.values()) - CHECKED)
    assert set(writers_of("SPANS")) == set(SERVICES)  # the comparison finds writers


@pytest.mark.broker
async def test_a_dead_letter_is_stored_although_another_service_has_used_every_id(broker: TestBroker) -> None:
    assert set(writers_of("DEAD_LETTERS")) == {"moderation", "embeddings"}
    stealing = await broker.connect("embeddings")
    for number, used in enumerate(
        ("moderation-decide-post:17", "17", ORIGIN, "dead.moderation.moderation-decide-post.17")
    ):
        subject, headers = f"dead.embeddings.embeddings-index-post.{number}", {"Nats-Msg-Id": used}
        await stealing.jetstream().publish(subject, b"first", stream="DEAD_LETTERS", headers=headers)
    judge = await broker.connect("moderation")
    message = Msg(_client=judge, subject="events.post.submitted.p", reply=ORIGIN, data=b"poison")
    for _ in range(2):  # a crash before TERM writes it again
        await write_dead_letter(judge.jetstream(), "moderation", message, "broken")
    operator = await broker.connect()
    stored = [one.data async for one in read_to_end(operator, "DEAD_LETTERS")]
    assert stored.count(b"poison") == 1
    for client in (stealing, judge, operator):
        await client.close()
