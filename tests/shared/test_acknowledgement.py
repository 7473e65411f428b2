"""The end of a delivery: acks, delays between attempts, and dead letters after the last one."""

import logging
from dataclasses import dataclass, field

import pytest

from shared.log.acknowledgement import ATTEMPTS, JetStreamAcknowledgement, RedeliveryAcknowledgement, retry_delay
from shared.log.dead_letters import REASON
from shared.log.integrity import LogDamaged
from shared.log.streams import DECIDE_POST
from shared.telemetry.metrics import DEAD_LETTERS_WRITTEN, Labels, Metric, Metrics
from tests.shared.fake_messages import FakeMessage, FakeMetadata, FakeStream


@dataclass
class CountingMetrics(Metrics):
    """Notes counts instead of exporting them."""

    counts: list[tuple[Metric, object]] = field(default_factory=list)

    def count(self, metric: Metric, labels: Labels | None = None, amount: int = 1) -> None:
        """Note a count."""
        self.counts.append((metric, labels))


@dataclass
class Delivery:
    """One delivery of a message to `moderation-decide-post`, and what came of it."""

    delivered: int = 1
    stream: FakeStream = field(default_factory=FakeStream)
    metrics: CountingMetrics = field(default_factory=CountingMetrics)

    def __post_init__(self) -> None:
        self.message = FakeMessage(metadata=FakeMetadata(num_delivered=self.delivered))
        stream, message = self.stream.as_stream, self.message.as_message
        self.acknowledgement = JetStreamAcknowledgement(message, DECIDE_POST, stream, self.metrics)


def test_attempts_are_spaced_ever_wider_up_to_half_a_minute() -> None:
    assert [retry_delay(delivered) for delivered in range(1, 8)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert retry_delay(10_000) == 30.0
    assert isinstance(retry_delay(10_000), float)


def test_all_attempts_together_last_longer_than_a_restart() -> None:
    assert 15 * 60 < sum(retry_delay(delivered) for delivered in range(1, ATTEMPTS)) < 20 * 60


async def test_a_handled_message_is_acknowledged_and_nothing_is_written() -> None:
    delivery = Delivery()
    await delivery.acknowledgement.ack()
    assert delivery.message.calls == [("ack", None)]
    assert (delivery.stream.published, delivery.metrics.counts) == ([], [])


async def test_a_message_in_progress_is_only_reported_so() -> None:
    delivery = Delivery()
    await delivery.acknowledgement.in_progress()
    assert delivery.message.calls == [("in progress", None)]


async def test_a_failed_attempt_returns_the_message_with_its_delay(caplog: pytest.LogCaptureFixture) -> None:
    delivery = Delivery(delivered=3)
    error = ConnectionError("busy")
    with caplog.at_level(logging.WARNING):
        await delivery.acknowledgement.nak(error)
    assert delivery.message.calls == [("nak", 4.0)]
    assert delivery.stream.published == []
    (line,) = caplog.records
    assert (line.message, line.exc_info and line.exc_info[1]) == ("will retry", error)
    said = vars(line)
    assert (said["durable"], said["attempt"], said["error"]) == ("moderation-decide-post", 3, "ConnectionError")


@pytest.mark.parametrize("delivered", [ATTEMPTS, ATTEMPTS + 1])
async def test_the_last_attempt_writes_a_dead_letter_with_the_errors_class(delivered: int) -> None:
    delivery = Delivery(delivered=delivered)
    await delivery.acknowledgement.nak(ConnectionError("a secret of the author"))
    assert delivery.message.calls == [("term", None)]
    (letter,) = delivery.stream.published
    assert letter["headers"][REASON] == f"ConnectionError after {delivered} attempts"


async def test_the_attempt_before_the_last_one_is_retried() -> None:
    delivery = Delivery(delivered=ATTEMPTS - 1)
    await delivery.acknowledgement.nak(ConnectionError())
    assert delivery.message.calls == [("nak", 30.0)]


async def test_a_message_waits_for_the_repair_of_a_damaged_log_however_long_it_takes() -> None:
    delivery = Delivery(delivered=10 * ATTEMPTS)
    await delivery.acknowledgement.nak(LogDamaged("Fact 3 is missing."))
    assert delivery.message.calls == [("nak", 30.0)]
    assert delivery.stream.published == []


async def test_a_dead_letter_is_written_counted_and_logged_before_the_message_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    delivery = Delivery()
    with caplog.at_level(logging.ERROR):
        await delivery.acknowledgement.term("not a fact")
    (letter,) = delivery.stream.published
    assert (letter["subject"], letter["payload"]) == ("dead.moderation.moderation-decide-post.17", b"stored")
    assert letter["headers"][REASON] == "not a fact"
    assert delivery.message.calls == [("term", None)]
    assert delivery.metrics.counts == [(DEAD_LETTERS_WRITTEN, {"handler": "decide_post"})]
    (line,) = caplog.records
    assert line.message == "dead letter"
    assert (vars(line)["durable"], vars(line)["reason"]) == ("moderation-decide-post", "not a fact")


async def test_a_message_whose_dead_letter_cannot_be_written_is_not_dropped() -> None:
    delivery = Delivery()

    async def publish(*_: object, **__: object) -> None:
        raise ConnectionError

    delivery.stream.publish = publish  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await delivery.acknowledgement.term("not a fact")
    assert delivery.message.calls == []


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """The crash points that are passed, with their details."""
    points: list[tuple[str, object]] = []

    class Recorder:
        def passed(self, name: str, detail: str) -> None:
            points.append((name, detail))

    monkeypatch.setattr("shared.log.crash_points._armed", Recorder())
    return points


async def test_a_process_can_be_killed_on_both_sides_of_an_ack(passed: list[tuple[str, object]]) -> None:
    delivery = Delivery()
    delivery.message.calls = passed
    await delivery.acknowledgement.ack()
    durable = "moderation-decide-post"
    assert passed == [("before_ack", durable), ("ack", None), ("after_ack", durable)]


async def test_a_process_can_be_killed_between_a_dead_letter_and_its_term(passed: list[tuple[str, object]]) -> None:
    delivery = Delivery()
    delivery.message.calls = passed
    await delivery.acknowledgement.term("not a fact")
    durable = "moderation-decide-post"
    assert passed == [
        ("before_dead_letter", durable),
        ("before_term", durable),
        ("term", None),
        ("after_term", durable),
    ]


async def test_a_redelivery_reports_its_outcome_and_no_text_of_the_error(caplog: pytest.LogCaptureFixture) -> None:
    acknowledgement = RedeliveryAcknowledgement()
    assert (acknowledgement.outcome.outcome, acknowledgement.outcome.reason) == ("failed", "no outcome was reported")
    await acknowledgement.in_progress()
    assert acknowledgement.outcome.outcome == "failed"
    await acknowledgement.ack()
    assert (acknowledgement.outcome.outcome, acknowledgement.outcome.reason) == ("done", "")
    await acknowledgement.term("not a fact")
    assert (acknowledgement.outcome.outcome, acknowledgement.outcome.reason) == ("poison", "not a fact")
    error = ConnectionError("a secret of the author")
    with caplog.at_level(logging.WARNING):
        await acknowledgement.nak(error)
    assert (acknowledgement.outcome.outcome, acknowledgement.outcome.reason) == ("failed", "ConnectionError")
    (line,) = caplog.records
    assert (line.message, line.exc_info and line.exc_info[1]) == ("redelivery failed", error)
