"""Appending: what is sent to the broker, and how every answer of the broker is settled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as BrokerTimeout
from nats.js.api import PubAck, RawStreamMsg
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from shared.log.append import ACK_TIMEOUT_S, Appended, ConcurrencyConflict, Log, UnknownOutcome, is_out_of_storage
from shared.log.events import DecodeError, Event
from shared.log.integrity import LogDamaged
from shared.testing import decided, edited, submitted

POST = submitted("post-1")
DECISION = decided(POST)


@dataclass
class FakeBroker:
    """A stream in memory that answers a publish with `answer` and can store it all the same."""

    answer: Callable[[], PubAck] = lambda: PubAck(stream="EVENTS", seq=9)
    stored: list[RawStreamMsg] = field(default_factory=list)
    published: list[tuple[str, bytes, str, dict[str, str]]] = field(default_factory=list)
    queries: list[dict[str, object]] = field(default_factory=list)
    unreachable: bool = False
    timeout: float = 0.0

    def jetstream(self, timeout: float) -> "FakeBroker":
        """Return this fake."""
        self.timeout = timeout
        return self

    def put(self, sequence: int, event: Event, data: bytes | None = None) -> None:
        """Store a message."""
        self.stored.append(
            RawStreamMsg(subject=event.subject, seq=sequence, data=event.encode() if data is None else data)
        )

    async def publish(self, subject: str, payload: bytes, *, stream: str, headers: dict[str, str]) -> PubAck:
        """Note what is published, and give the answer."""
        self.published.append((subject, payload, stream, headers))
        return self.answer()

    async def get_msg(self, stream: str, **query: Any) -> RawStreamMsg:
        """Find a message like the broker: the last one of a subject, the next one after a sequence, or one."""
        self.queries.append({"stream": stream, **query})
        if self.unreachable:
            raise BrokerTimeout
        found = [one for one in self.stored if _matches(one.subject or "", query.get("subject"))]
        if query.get("next"):
            found = [one for one in found if (one.seq or 0) >= query["seq"]][:1]
        elif "seq" in query:
            found = [one for one in found if one.seq == query["seq"]]
        if not found:
            raise NotFoundError
        return found[-1]


def _matches(subject: str, pattern: str | None) -> bool:
    pairs = zip(subject.split("."), (pattern or subject).split("."), strict=True)
    return all(wanted in ("*", token) for token, wanted in pairs)


@dataclass
class Integrity:
    """The log's integrity: `finding` refuses every append, and `noted` are the ends that were seen."""

    finding: str = ""
    noted: list[int] = field(default_factory=list)

    async def require_intact(self) -> None:
        """Raise if something was found."""
        if self.finding:
            raise LogDamaged(self.finding)

    def note(self, sequence: int) -> None:
        """Note an end."""
        self.noted.append(sequence)


def log_over(broker: FakeBroker, finding: str = "") -> tuple[Log, Integrity]:
    """Return a log over the fake."""
    log, integrity = Log(cast(Client, broker)), Integrity(finding)
    log.integrity = cast(Any, integrity)
    return log, integrity


def refusing(error: Exception) -> Callable[[], PubAck]:
    """Return an answer that is an error."""

    def answer() -> PubAck:
        raise error

    return answer


async def test_a_fact_is_published_under_its_subject_with_its_id_and_its_expected_place() -> None:
    broker = FakeBroker()
    log, integrity = log_over(broker)
    assert await log.append(POST, after=4) == Appended(9, repeat=False)
    expected = {
        "Nats-Msg-Id": POST.event_id,
        "Nats-Expected-Last-Subject-Sequence": "4",
        "Nats-Expected-Last-Subject-Sequence-Subject": "events.post.*.post-1",
    }
    assert broker.published == [(POST.subject, POST.encode(), "EVENTS", expected)]
    assert integrity.noted == [9]
    assert broker.timeout == ACK_TIMEOUT_S


async def test_a_repeated_message_id_is_no_error() -> None:
    broker = FakeBroker(lambda: PubAck(stream="EVENTS", seq=3, duplicate=True))
    broker.put(3, POST)
    log, _ = log_over(broker)
    assert await log.append(POST, after=0) == Appended(3, repeat=True)
    assert len(broker.published) == 1


@pytest.mark.parametrize("there", ["another fact", "an unreadable one", "nothing"])
async def test_a_fact_whose_id_another_service_has_used_is_stored_without_an_id(there: str) -> None:
    acks = iter([PubAck(stream="EVENTS", seq=3, duplicate=True), PubAck(stream="EVENTS", seq=4)])
    broker = FakeBroker(lambda: next(acks))
    broker.put(2, POST)
    if there != "nothing":
        broker.put(3, decided(submitted("post-2")), b"{" if there == "an unreadable one" else None)
    log, integrity = log_over(broker)
    assert await log.append(POST, after=2) == Appended(4, repeat=False)
    place = {
        "Nats-Expected-Last-Subject-Sequence": "2",
        "Nats-Expected-Last-Subject-Sequence-Subject": "events.post.*.post-1",
    }
    assert broker.published[1] == (POST.subject, POST.encode(), "EVENTS", place)
    assert integrity.noted == [4]


async def test_a_damaged_log_takes_no_fact() -> None:
    broker = FakeBroker()
    log, _ = log_over(broker, "Fact 3 is missing.")
    with pytest.raises(LogDamaged):
        await log.append(POST, after=0)
    assert broker.published == []


@pytest.mark.parametrize("code", [10071, 10164, 10158, 10201])
async def test_a_conflict_names_the_fact_that_came_first(code: int) -> None:
    broker = FakeBroker(refusing(APIError(err_code=code)))
    broker.put(5, POST)
    log, integrity = log_over(broker)
    with pytest.raises(ConcurrencyConflict, match=r"^post\.submitted$") as conflict:
        await log.append(DECISION, after=0)
    assert (conflict.value.last, conflict.value.sequence) == (POST.model_copy(update={"sequence": 5}), 5)
    assert integrity.noted == []


async def test_a_conflict_with_the_same_fact_is_a_success() -> None:
    broker = FakeBroker(refusing(APIError(err_code=10071)))
    broker.put(5, POST)
    broker.put(6, DECISION)
    log, _ = log_over(broker)
    assert await log.append(POST, after=0) == Appended(5, repeat=True)


async def test_a_refusal_that_is_no_conflict_reaches_the_caller() -> None:
    refusal = APIError(err_code=10077)
    log, _ = log_over(FakeBroker(refusing(refusal)))
    with pytest.raises(APIError) as raised:
        await log.append(POST, after=0)
    assert raised.value is refusal


@pytest.mark.parametrize("code", [10023, 10028, 10047, 10077])
def test_a_full_disk_or_stream_is_recognized(code: int) -> None:
    assert is_out_of_storage(APIError(err_code=code))
    assert not is_out_of_storage(APIError(err_code=10071))


@pytest.mark.parametrize("silence", [BrokerTimeout(), NoStreamResponseError(), ConnectionClosedError()])
async def test_without_an_answer_and_without_the_fact_in_the_log_the_outcome_is_unknown(silence: Exception) -> None:
    log, _ = log_over(FakeBroker(refusing(silence)))
    with pytest.raises(UnknownOutcome, match=POST.subject) as unknown:
        await log.append(POST, after=0)
    assert unknown.value.__cause__ is silence


async def test_without_an_answer_a_stored_fact_settles_the_outcome() -> None:
    broker = FakeBroker(refusing(BrokerTimeout()))
    broker.put(5, POST)
    log, _ = log_over(broker)
    assert await log.append(POST, after=0) == Appended(5, repeat=True)


@pytest.mark.parametrize(("after", "error"), [(4, ConcurrencyConflict), (5, UnknownOutcome), (6, UnknownOutcome)])
async def test_without_an_answer_only_a_later_fact_of_another_writer_is_a_conflict(
    after: int, error: type[Exception]
) -> None:
    broker = FakeBroker(refusing(BrokerTimeout()))
    broker.put(5, POST)
    log, _ = log_over(broker)
    with pytest.raises(error):
        await log.append(DECISION, after=after)


async def test_a_conflict_that_cannot_be_read_back_is_an_unknown_outcome() -> None:
    log, _ = log_over(FakeBroker(refusing(APIError(err_code=10071)), unreachable=True))
    with pytest.raises(UnknownOutcome, match=POST.subject) as unknown:
        await log.append(POST, after=0)
    assert isinstance(unknown.value.__cause__, BrokerTimeout)


async def test_a_conflict_with_an_unreadable_fact_of_the_same_kind_is_a_conflict() -> None:
    broker = FakeBroker(refusing(APIError(err_code=10071)))
    broker.put(5, POST, b"{")
    log, _ = log_over(broker)
    with pytest.raises(ConcurrencyConflict, match=r"^no fact$") as conflict:
        await log.append(submitted("post-1"), after=0)
    assert (conflict.value.last, conflict.value.sequence) == (None, 5)


def test_a_conflict_without_a_sequence_takes_that_of_its_fact() -> None:
    assert ConcurrencyConflict(None).sequence == 0
    assert ConcurrencyConflict(POST.model_copy(update={"sequence": 5})).sequence == 5
    assert ConcurrencyConflict(POST, 7).sequence == 7
    assert ConcurrencyConflict(POST, 0).sequence == 0


async def test_facts_are_read_from_the_leader() -> None:
    broker = FakeBroker()
    broker.put(5, POST)
    log, _ = log_over(broker)
    last = await log.last("post", "post-1")
    assert last == POST.model_copy(update={"sequence": 5})
    assert await log.at(5) == last
    assert await log.at(6) is None
    assert await log.last("post", "post-2") is None
    assert broker.queries[0] == {"stream": "EVENTS", "direct": False, "subject": "events.post.*.post-1"}
    assert {query["direct"] for query in broker.queries} == {False}
    assert {query["stream"] for query in broker.queries} == {"EVENTS"}


async def test_the_first_fact_after_a_sequence_is_not_the_one_at_it() -> None:
    broker = FakeBroker()
    broker.put(1, submitted("post-2"))
    broker.put(5, POST)
    broker.put(6, DECISION)
    log, _ = log_over(broker)
    found = [await log.first_after("events.post.*.post-1", sequence) for sequence in (0, 4, 5, 6)]
    assert [event.sequence if event else None for event in found] == [5, 5, 6, None]


async def test_a_history_is_read_past_facts_that_cannot_be_read() -> None:
    broker = FakeBroker()
    edit = edited(POST)
    other = submitted("post-2")
    for sequence, event, data in (
        (1, POST, None),
        (2, other, None),
        (4, edit, b"{"),
        (6, DECISION, None),
        (8, edit, b"{"),
    ):
        broker.put(sequence, event, data)
    log, _ = log_over(broker)
    assert [event.sequence for event in await log.facts_of("post", "post-1")] == [1, 6]
    end = await log.end_of("post", "post-1")
    assert (end.last and end.last.sequence, end.sequence) == (6, 8)


async def test_a_history_of_which_nothing_can_be_read_has_an_end() -> None:
    broker = FakeBroker()
    broker.put(4, POST, b"{")
    log, _ = log_over(broker)
    end = await log.end_of("post", "post-1")
    assert (end.last, end.sequence) == (None, 4)


async def test_a_history_that_ends_with_an_unreadable_fact_has_the_last_readable_one() -> None:
    broker = FakeBroker()
    broker.put(3, POST)
    broker.put(4, DECISION)
    broker.put(5, edited(POST))
    broker.put(6, DECISION, b"{")
    log, _ = log_over(broker)
    end = await log.end_of("post", "post-1")
    assert (end.last and end.last.sequence, end.sequence) == (5, 6)


async def test_the_end_of_a_history_is_its_last_fact_or_nothing() -> None:
    broker = FakeBroker()
    log, _ = log_over(broker)
    empty = await log.end_of("post", "post-1")
    assert (empty.last, empty.sequence) == (None, 0)
    broker.put(4, POST, b"{")
    unreadable = await log.end_of("post", "post-1")
    assert (unreadable.last, unreadable.sequence) == (None, 4)
    broker.put(5, DECISION)
    whole = await log.end_of("post", "post-1")
    assert (whole.last and whole.last.sequence, whole.sequence) == (5, 5)


async def test_a_stored_message_without_bytes_or_place_is_unreadable() -> None:
    broker = FakeBroker(stored=[RawStreamMsg(subject=POST.subject)])
    log, _ = log_over(broker)
    end = await log.end_of("post", "post-1")
    assert (end.last, end.sequence) == (None, 0)


async def test_a_process_can_be_killed_on_both_sides_of_an_append(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, passed = FakeBroker(), list[tuple[str, str, int]]()

    class Recorder:
        def passed(self, name: str, detail: str) -> None:
            passed.append((name, detail, len(broker.published)))

    monkeypatch.setattr("shared.log.crash_points._armed", Recorder())
    log, _ = log_over(broker)
    await log.append(POST, after=0)
    assert passed == [("before_append", "post.submitted", 0), ("after_append", "post.submitted", 1)]


async def test_a_message_under_the_subject_of_another_fact_is_unreadable_and_one_without_a_subject_is_not() -> None:
    broker = FakeBroker()
    moved = RawStreamMsg(subject="events.post.submitted.post-2", seq=4, data=POST.encode())
    broker.stored = [moved, RawStreamMsg(seq=5, data=POST.encode())]
    log, _ = log_over(broker)
    with pytest.raises(DecodeError, match=r"^the subject of another fact at sequence 4$") as refused:
        await log.at(4)
    assert refused.value.sequence == 4
    assert await log.at(5) == POST.model_copy(update={"sequence": 5})


def test_a_log_checks_its_own_broker() -> None:
    broker = cast(Client, FakeBroker())
    assert Log(broker).integrity._broker is broker
