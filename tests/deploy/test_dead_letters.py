"""The output of `ottit dead-letters`."""

import json
from datetime import UTC, datetime

import pytest

from deploy.operations.dead_letters import as_row, detail_lines, list_line, with_fact
from shared.log.dead_letters import ORIGIN, REASON, DeadLetter, parse_dead_letter, printable
from shared.log.events import LetterDropped
from shared.security.sealing import DataKey
from shared.testing import submitted
from tests.poison.edge_values import EDGES, encoded

KEY = DataKey(b"k" * 32)


def letter(stored: bytes) -> DeadLetter:
    return DeadLetter(
        3, "moderation", "moderation-decide-post", 17, "events.post.submitted.x", "broken", 1, datetime.now(UTC), stored
    )


def test_a_dead_letter_names_its_handler_and_its_sequence() -> None:
    dead = letter(b"{")
    assert dead.handler == "decide_post"
    assert dead.entity_id == "moderation-decide-post-17"


def test_only_the_size_of_a_sealed_text_is_shown() -> None:
    post = submitted(key=KEY, text="nobody else reads this")
    whole = with_fact(letter(post.encode()))
    assert whole["fact"]["entity_id"] == post.entity_id
    assert whole["fact"]["data"]["content"].startswith("(sealed, ")
    assert "s1." not in "\n".join(detail_lines(whole))


def test_unreadable_bytes_are_not_shown_because_they_may_be_private() -> None:
    whole = with_fact(letter(json.dumps({"type": "post.exploded", "data": {"body": "a secret"}}).encode()))
    assert whole["fact"] is None
    assert "secret" not in json.dumps(whole)


def headers_of(**origin: object) -> dict[str, str]:
    legal = {"consumer": "moderation-decide-post", "sequence": 17, "subject": "events.post.submitted.x"}
    return {REASON: "broken", ORIGIN: encoded(legal | origin).decode()}


@pytest.mark.parametrize("label", [*EDGES, "no headers"])
@pytest.mark.parametrize("field", ["consumer", "sequence", "subject", "deliveries", "buried_at"])
def test_any_message_in_the_stream_can_be_listed_and_shown(field: str, label: str) -> None:
    headers = headers_of(**{field: EDGES[label]}) if label in EDGES else {}
    dead = parse_dead_letter(3, "dead.moderation.moderation-decide-post", headers, b"\xff\x00{")
    shown = "\n".join([list_line(dead), *detail_lines(with_fact(dead))])
    assert shown.replace("\n", "").isprintable()
    assert len(shown) < 3000
    json.dumps(as_row(dead))
    LetterDropped(durable=dead.durable, given_up=dead.sequence, reason="no fact")  # it can be dropped


def test_a_message_that_no_handler_wrote_can_only_be_dropped() -> None:
    one, two = (parse_dead_letter(number, "dead.x", {ORIGIN: "[]"}, b"") for number in (1, 2))
    assert one.sequence == 0
    assert one.entity_id != two.entity_id


def test_a_reason_cannot_break_a_header_or_a_terminal() -> None:
    assert printable("a\r\nNats-Rollup: all\x1b[2J\u202e") == "a??Nats-Rollup: all?[2J?"
    assert len(printable("x" * 10_000)) == 500
