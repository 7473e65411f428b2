"""No service hears what is meant for others, whatever it subscribes to, alone or in another service's queue group."""

import pytest
from nats.aio.msg import Msg

from shared.ids import new_id
from shared.security.permissions import SERVICES, may_publish, may_subscribe
from shared.testing import TestBroker
from tests.faults.waiting import flush_to_broker, wait_until
from tests.integration.broker_attacks import WORD, foreign_subjects, matches

pytestmark = pytest.mark.broker
WIDE = (
    *(">", "*.>", "events.>", "signals.>", "dead.>", "telemetry.>", "$KV.>", "$JS.>", "$JS.EVENT.>", "$JS.ACK.>"),
    *("$SYS.>", "stored.>", "requests.>", "operations.>", "replicas.>", "_INBOX.>", "_R_.>", "guesses.>"),
    *(f"{kind}.{one}.*" for one in SERVICES for kind in ("requests", "operations", "replicas")),
    *(f"_INBOX_{one}.>" for one in (*SERVICES, "operator")),
)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_hears_only_its_own_subjects(broker: TestBroker, service: str) -> None:
    spy, operator = await broker.connect(service, error_cb=_ignored), await broker.connect()
    heard: list[str] = []
    sent: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    async def note(message: Msg) -> None:
        sent.append(message.subject)

    await operator.subscribe(">", cb=note)
    for number, pattern in enumerate(WIDE):
        await spy.subscribe(pattern, cb=hear)
        await spy.subscribe(pattern, queue=SERVICES[number % len(SERVICES)], cb=hear)
    await spy.subscribe(f"_INBOX_{service}.end", cb=hear)
    await flush_to_broker(spy)
    for subject in foreign_subjects(service):
        await operator.publish(subject, b"secret", reply=operator.new_inbox())
    for other in (one for one in SERVICES if one != service):
        client = await broker.connect(other)
        for pattern in may_publish(other):
            await client.publish(pattern.replace("*", WORD).replace(">", WORD), b"secret", reply=client.new_inbox())
        await flush_to_broker(client)
        await client.close()
    await flush_to_broker(operator)
    await operator.jetstream().publish(f"events.post.submitted.{new_id()}", b"last")
    await spy.publish(f"_INBOX_{service}.end", b"")
    # A request of its own: its answer comes after everything that the broker has sent to it before.
    await spy.publish("$JS.API.INFO", b"", reply=f"_INBOX_{service}.end")

    async def has_ended() -> bool:
        return f"_INBOX_{service}.end" in heard

    async def was_sent() -> bool:
        return set(foreign_subjects(service)) <= set(sent)

    await wait_until(has_ended, "the answer to the spy's own request")
    await wait_until(was_sent, "the operator hears all that the spy must not hear")
    assert [one for one in heard if not any(matches(one, own) for own in may_subscribe(service))] == []
    for one in (spy, operator):
        await one.close()


async def _ignored(error: Exception) -> None:
    """The broker's refusals are what this is about."""
