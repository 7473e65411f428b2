"""Gauges also count messages that are not facts."""

import pytest
from prometheus_client import generate_latest

from shared.log.gauges import consumer_gauge
from shared.log.streams import DECIDE_POST
from shared.telemetry.metrics import CONSUMER_OLDEST, Gauges, Metrics
from shared.testing import TestBroker

pytestmark = pytest.mark.broker


async def test_a_waiting_message_that_is_not_a_fact_has_an_age(broker: TestBroker) -> None:
    operator = await broker.connect()
    await operator.jetstream().publish("events.post.submitted.p", b"not a fact")
    metrics = Metrics("moderation")
    await Gauges(metrics, consumer_gauge(await broker.connect("moderation"), DECIDE_POST)).read()
    lines = generate_latest().decode().splitlines()
    metrics.close()
    (age,) = [float(line.split()[-1]) for line in lines if line.startswith(f"{CONSUMER_OLDEST.prometheus_name}{{")]
    assert age > 0.0
