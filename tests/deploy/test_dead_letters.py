"""The output of `ottit dead-letters`."""

import json
from datetime import UTC, datetime

from deploy.operations.dead_letters import detail_lines, with_fact
from shared.log.dead_letters import DeadLetter
from shared.security.sealing import DataKey
from shared.testing import submitted

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
