"""Writing and parsing dead letters, also those that no handler wrote."""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import orjson
import pytest
from nats.js.errors import APIError

from shared.log.append import EXPECTED
from shared.log.dead_letters import ORIGIN, REASON, DeadLetter, parse_dead_letter, printable, write_dead_letter
from tests.shared.fake_messages import FakeMessage, FakeMetadata, FakeStream

BURIED = datetime(2026, 3, 1, 12, tzinfo=UTC)
DURABLE = "moderation-decide-post"


def letter_of(headers: dict[str, str], subject: str = f"dead.moderation.{DURABLE}", number: int = 5) -> DeadLetter:
    """Parse a letter with these headers."""
    return parse_dead_letter(number, subject, headers, b"stored")


def origin(**changes: object) -> dict[str, str]:
    """Return the headers of a letter."""
    fields = {"consumer": DURABLE, "sequence": 17, "subject": "events.post.submitted.p", "deliveries": 40}
    return {REASON: "gone", ORIGIN: orjson.dumps(fields | {"buried_at": BURIED.isoformat()} | changes).decode()}


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this process into the time zone of Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
async def test_a_written_letter_is_read_back_whole() -> None:
    stream, message = FakeStream(), FakeMessage(metadata=FakeMetadata(num_delivered=40))
    before = datetime.now(UTC)
    await write_dead_letter(stream.as_stream, "moderation", message.as_message, "bro\nken")
    (sent,) = stream.published
    assert (sent["subject"], sent["stream"], sent["payload"]) == (
        f"dead.moderation.{DURABLE}.17",
        "DEAD_LETTERS",
        b"stored",
    )
    letter = parse_dead_letter(1, sent["subject"], sent["headers"], sent["payload"])
    assert (letter.number, letter.service, letter.durable, letter.sequence) == (1, "moderation", DURABLE, 17)
    assert (letter.subject, letter.deliveries) == ("events.post.submitted.post-1", 40)
    assert (letter.reason, letter.stored) == ("bro?ken", b"stored")
    assert before <= letter.written_at <= datetime.now(UTC)
    assert orjson.loads(sent["headers"][ORIGIN])["stream"] == "EVENTS"


async def test_a_letter_has_a_subject_of_its_own_and_no_message_id_that_others_could_use() -> None:
    stream = FakeStream()
    for delivered in (40, 41):
        message = FakeMessage(metadata=FakeMetadata(num_delivered=delivered))
        await write_dead_letter(stream.as_stream, "moderation", message.as_message, "broken")
    assert {sent["subject"] for sent in stream.published} == {f"dead.moderation.{DURABLE}.17"}
    assert all(sent["headers"][EXPECTED] == "0" for sent in stream.published)
    assert not any("Nats-Msg-Id" in sent["headers"] for sent in stream.published)


def test_a_letter_names_its_handler_and_the_entity_that_records_what_became_of_it() -> None:
    letter = letter_of(origin())
    assert (letter.handler, letter.entity_id) == ("decide_post", f"{DURABLE}-17")
    assert (letter.reason, letter.written_at) == ("gone", BURIED)


def test_missing_details_of_a_letter_have_neutral_values() -> None:
    fields = {"consumer": DURABLE, "sequence": 17, "subject": "events.post.submitted.p"}
    letter = letter_of({ORIGIN: orjson.dumps(fields).decode()})
    assert (letter.reason, letter.deliveries, letter.written_at) == ("", 0, datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "headers", [{}, {ORIGIN: "{"}, origin(sequence=-1), origin(consumer="a b"), origin(subject="s" * 1001)]
)
def test_a_letter_without_a_readable_origin_can_still_be_listed_and_dropped(headers: dict[str, str]) -> None:
    letter = letter_of(headers)
    assert (letter.service, letter.durable, letter.sequence) == ("moderation", "unknown-5", 0)
    assert letter.subject == f"dead.moderation.{DURABLE}"
    assert letter.reason == "not written by a handler: its origin is unreadable"
    assert (letter.number, letter.deliveries, letter.stored) == (5, 0, b"stored")


@pytest.mark.parametrize(
    ("place", "consumer", "sequence"),
    [
        ("dead.embeddings.embeddings-index-post.5", DURABLE, 5),
        ("dead.embeddings.embeddings-index-post.5", "embeddings-index-post", 6),
        (f"dead.embeddings.{DURABLE}.5", DURABLE, 5),
        (f"dead.moderation.{DURABLE}.5.6", DURABLE, 5),
    ],
)
def test_headers_that_name_another_origin_than_the_subject_do_not_count(
    place: str, consumer: str, sequence: int
) -> None:
    """Otherwise the log would say of another service's letter that it was redriven."""
    letter = letter_of(origin(consumer=consumer, sequence=sequence), place)
    assert (letter.durable, letter.sequence) == ("unknown-5", 0)


async def test_only_a_subject_that_is_taken_is_no_error() -> None:
    for code, raised in ((10071, False), (10077, True)):
        stream = FakeStream(refuses=APIError(code=400, err_code=code))
        with pytest.raises(APIError) if raised else nullcontext():
            await write_dead_letter(stream.as_stream, "moderation", FakeMessage().as_message, "broken")


@pytest.mark.parametrize("subject", [f"dead.moderation.{DURABLE}", f"dead.moderation.{DURABLE}.17"])
def test_letters_of_this_and_of_earlier_versions_are_read(subject: str) -> None:
    assert (letter_of(origin(), subject).durable, letter_of(origin(), subject).sequence) == (DURABLE, 17)


@pytest.mark.parametrize(("subject", "service"), [("dead", "unknown"), ("", "unknown"), ("dead.gäte.x", "g?te")])
def test_any_subject_gives_a_service_that_can_be_shown(subject: str, service: str) -> None:
    assert letter_of({}, subject).service == service


def test_what_an_operator_sees_of_a_letter_is_printable() -> None:
    letter = letter_of(origin(subject="events.\x1b[31m") | {REASON: "bell\a"})
    assert (letter.subject, letter.reason) == ("events.?[31m", "bell?")


def test_printable_text_is_one_line_of_visible_ascii_with_at_most_500_characters() -> None:
    assert printable(" ~az") == " ~az"
    assert printable("\x1f\x7fé\n") == "????"
    assert printable("x" * 501) == "x" * 500
