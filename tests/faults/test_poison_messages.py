"""E16: poison messages in the log become dead letters, and do not delay the messages after them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.ids import new_id
from shared.log.events import EmbeddingStored, Event, PostDecided
from shared.log.streams import DECIDE_POST, INDEX_POST, MAX_EVENT_BYTES
from shared.testing import TestBroker, decided, edited, submitted
from tests.faults.in_process import (
    AUTHOR,
    Scenario,
    embeddings_app,
    moderation_app,
    open_scenario,
    ranking_app,
    running,
)
from tests.faults.invariants import accounted, legal_order, one_decision
from tests.faults.stored_state import dead_letter_sequences
from tests.faults.waiting import wait_until
from tests.gateway.conftest import Gateway, running_gateway

pytestmark = pytest.mark.broker

ENVELOPE_ROOM = 2048
# The longest text that the API accepts, with characters of four bytes, and rare control characters.
ODD_TEXT = ("\U0001f345" * 39_000) + "\u202e\u2066bidi\u2069 \x00 \ufeff \u200d e\u0301"


def changed_envelope(event: Event, **fields: object) -> bytes:
    """Return an event's bytes with fields of the envelope replaced."""
    return json.dumps(json.loads(event.encode()) | fields).encode()  # orjson does not support numbers this large


def with_data(event: Event, **fields: Any) -> bytes:
    """Return an event's bytes with fields of the fact replaced."""
    return changed_envelope(event, data=json.loads(event.encode())["data"] | fields)


# All are published under subjects of submissions, which moderation consumes; the views read everything.
SUBMISSIONS: dict[str, Callable[[Event], bytes]] = {
    "broken JSON": lambda post: post.encode()[:-20],
    "nothing": lambda post: b"",
    "no object": lambda post: b"[1, 2]",
    "no text at all": lambda post: b"\x00" * 64,
    "broken UTF-8": lambda post: b'{"type": "\xff\xfe\xe2\x80\xae"}',
    "an unknown type": lambda post: changed_envelope(post, type="post.exploded"),
    "a later version": lambda post: changed_envelope(post, version=99),
    "no author": lambda post: with_data(post, author_id=None),
    "a revision that no table can hold": lambda post: with_data(post, revision=2**70),
    "a revision that one table cannot hold": lambda post: with_data(post, revision=2**40),
    "a score that no table can hold": lambda post: with_data(post, origin={"source_id": "x", "score": -(2**70)}),
    "a time before the calendar": lambda post: changed_envelope(post, occurred_at="0001-01-01T00:00:00+14:00"),
    "an origin after the calendar": lambda post: with_data(
        post, origin={"source_id": "x", "created_at": "9999-12-31T23:59:59-14:00"}
    ),
    "an id that breaks headers": lambda post: changed_envelope(post, entity_id="x\r\nNats-Expected-Last-Sequence: 1"),
    "an id that matches others": lambda post: changed_envelope(post, entity_id=">"),
    "a thousand brackets": lambda post: b"[" * 1000 + b"]" * 1000,
    "as large as can be": lambda post: b'{"data": "' + b"x" * (MAX_EVENT_BYTES - ENVELOPE_ROOM),
    "a text that is not sealed": lambda post: with_data(post, content="s1.AAAA"),
    "an edit without a submission": lambda post: edited(post, author_id=AUTHOR, content=_content(post)).encode(),
}
DECISIONS: dict[str, Callable[[Event], bytes]] = {
    "broken JSON": lambda post: b"{",
    "on nothing": lambda post: decided(post, author_id=AUTHOR).encode(),
    "an id that breaks headers": lambda post: changed_envelope(decided(post), entity_id="x\r\nEvil: 1"),
    "an id that is none": lambda post: changed_envelope(decided(post), entity_id="not-an-id"),
}


def _content(post: Event) -> str:
    return str(getattr(post.data, "content", ""))


@pytest.mark.injects("E16", invariants="I3 I4 I10")
async def test_poison_becomes_dead_letters_and_later_messages_are_processed(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here, running_gateway(broker, tmp_path) as gateway:
        before = await here.submit("roses, before")
        odd = await here.submit(ODD_TEXT)
        poison = {DECIDE_POST: await publish_poison(here, "submitted", SUBMISSIONS), INDEX_POST: set()}
        poison[INDEX_POST] = await publish_poison(here, "decided", DECISIONS)
        behind = await here.submit("roses, behind all that")
        async with (
            running(moderation_app(broker)),
            running(embeddings_app(broker, tmp_path)),
            running(ranking_app(broker, tmp_path)),
        ):
            await here.wait_until_idle()
            await wait_until(lambda: all_good(here, gateway), "every view has passed the poison")
            facts = await here.facts()
        good = {before.entity_id, odd.entity_id, behind.entity_id}
        assert {event.entity_id for event in facts if isinstance(event.data, EmbeddingStored)} == good
        assert gateway.posts.post(behind.entity_id, None) is not None
        for consumer, processed in ((DECIDE_POST, judged(facts)), (INDEX_POST, stored(facts))):
            dead = await dead_letter_sequences(here.operator, consumer)
            assert accounted(processed | poison[consumer], processed, dead, poison[consumer]) == []
        mine = [event for event in facts if event.entity_id in good]
        assert one_decision(mine, quiet=True) == []
        assert legal_order(mine, good) == []


async def publish_poison(here: Scenario, fact: str, poisons: dict[str, Callable[[Event], bytes]]) -> set[int]:
    """Publish poison messages as operator, without headers. Returns their sequences."""
    sequences = set()
    for make in poisons.values():
        post = submitted(new_id(), key=here.key, author_id=AUTHOR)
        ack = await here.operator.jetstream().publish(f"events.post.{fact}.{post.entity_id}", make(post))
        sequences.add(ack.seq)
    return sequences


async def all_good(here: Scenario, gateway: Gateway) -> bool:
    """Return whether all services and views are ready and have no lag."""
    healths = [await here.health(name) for name in ("moderation", "embeddings", "ranking")]
    view = gateway.dependencies.view
    return view.failing is None and not sum((await view.lag()).values()) and all(h.ready and not h.lag for h in healths)


def judged(facts: list[Event]) -> set[int]:
    """Return the sequences of texts on which an engine has decided."""
    return {
        event.data.judged_sequence
        for event in facts
        if isinstance(event.data, PostDecided) and event.data.engine == "local" and event.data.model != "test"
    }


def stored(facts: list[Event]) -> set[int]:
    """Return the sequences of decisions whose vectors are stored."""
    return {event.data.source_sequence for event in facts if isinstance(event.data, EmbeddingStored)}
