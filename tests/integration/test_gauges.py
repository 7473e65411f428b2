"""Gauges are read whatever waits."""

import pytest
from prometheus_client import generate_latest

from shared.log.gauges import consumer_gauge
from shared.log.streams import DECIDE_POST
from shared.telemetry.metrics import CONSUMER_OLDEST, Gauges, Metrics
from shared.testing import TestBroker

pytestmark = pytest.mark.broker


async def test_bytes_that_are_no_fact_have_an_age_like_all_that_waits(broker: TestBroker) -> None:
    operator = await broker.connect()
    await operator.jetstream().publish("events.post.submitted.p", b"no fact")
    metrics = Metrics("moderation")
    await Gauges(metrics, consumer_gauge(await broker.connect("moderation"), DECIDE_POST)).read()
    lines = generate_latest().decode().splitlines()
    metrics.close()
    (age,) = [float(line.split()[-1]) for line in lines if line.startswith(f"{CONSUMER_OLDEST.prometheus_name}{{")]
    assert age > 0.0
