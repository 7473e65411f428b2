"""E16: what nobody can process, straight into the log. It is buried, and nothing behind it waits."""

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
# The longest text that the API takes, in letters of four bytes each, with what text may contain but rarely does.
ODD_TEXT = ("\U0001f345" * 39_000) + "\u202e\u2066bidi\u2069 \x00 \ufeff \u200d e\u0301"


def spoilt(event: Event, **fields: object) -> bytes:
    """An event's bytes with some of the envelope replaced."""
    return json.dumps(json.loads(event.encode()) | fields).encode()  # orjson knows no number as large as we want


def with_data(event: Event, **fields: Any) -> bytes:
    """An event's bytes with some of the fact replaced."""
    return spoilt(event, data=json.loads(event.encode())["data"] | fields)


# Everything here is under a subject of submissions, so moderation meets it; the views meet all of it.
SUBMISSIONS: dict[str, Callable[[Event], bytes]] = {
    "broken JSON": lambda post: post.encode()[:-20],
    "nothing": lambda post: b"",
    "no object": lambda post: b"[1, 2]",
    "no text at all": lambda post: b"\x00" * 64,
    "broken UTF-8": lambda post: b'{"type": "\xff\xfe\xe2\x80\xae"}',
    "an unknown type": lambda post: spoilt(post, type="post.exploded"),
    "a version from the future": lambda post: spoilt(post, version=99),
    "no author": lambda post: with_data(post, author_id=None),
    "a revision that no table can hold": lambda post: with_data(post, revision=2**70),
    "a revision that one table cannot hold": lambda post: with_data(post, revision=2**40),
    "a score that no table can hold": lambda post: with_data(post, origin={"source_id": "x", "score": -(2**70)}),
    "a time before the calendar": lambda post: spoilt(post, occurred_at="0001-01-01T00:00:00+14:00"),
    "an origin after the calendar": lambda post: with_data(
        post, origin={"source_id": "x", "created_at": "9999-12-31T23:59:59-14:00"}
    ),
    "an id that breaks headers": lambda post: spoilt(post, entity_id="x\r\nNats-Expected-Last-Sequence: 1"),
    "an id that matches others": lambda post: spoilt(post, entity_id=">"),
    "a thousand brackets": lambda post: b"[" * 1000 + b"]" * 1000,
    "as large as can be": lambda post: b'{"data": "' + b"x" * (MAX_EVENT_BYTES - ENVELOPE_ROOM),
    "a text that nobody sealed": lambda post: with_data(post, content="s1.AAAA"),
    "an edit without a submission": lambda post: edited(post, author_id=AUTHOR, content=_content(post)).encode(),
}
DECISIONS: dict[str, Callable[[Event], bytes]] = {
    "broken JSON": lambda post: b"{",
    "on nothing": lambda post: decided(post, author_id=AUTHOR).encode(),
    "an id that breaks headers": lambda post: spoilt(decided(post), entity_id="x\r\nEvil: 1"),
    "an id that is none": lambda post: spoilt(decided(post), entity_id="not-an-id"),
}


def _content(post: Event) -> str:
    return str(getattr(post.data, "content", ""))


async def test_poison_is_buried_and_everything_behind_it_is_processed(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here, running_gateway(broker, tmp_path) as gateway:
        before = await here.submit("roses, before")
        odd = await here.submit(ODD_TEXT)
        poison = {DECIDE_POST: await lace(here, "submitted", SUBMISSIONS), INDEX_POST: set()}
        poison[INDEX_POST] = await lace(here, "decided", DECISIONS)
        behind = await here.submit("roses, behind all that")
        async with (
            running(moderation_app(broker)),
            running(embeddings_app(broker, tmp_path)),
            running(ranking_app(broker, tmp_path)),
        ):
            await here.wait_until_idle()
            await wait_until(lambda: all_good(here, gateway), "every view has gone past the poison")
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


async def lace(here: Scenario, fact: str, poisons: dict[str, Callable[[Event], bytes]]) -> set[int]:
    """Publish poison as the operator can, without a single header; the sequences."""
    sequences = set()
    for make in poisons.values():
        post = submitted(new_id(), key=here.key, author_id=AUTHOR)
        ack = await here.operator.jetstream().publish(f"events.post.{fact}.{post.entity_id}", make(post))
        sequences.add(ack.seq)
    return sequences


async def all_good(here: Scenario, gateway: Gateway) -> bool:
    """Whether services and views all say that they can do their work and are where the log is."""
    healths = [await here.health(name) for name in ("moderation", "embeddings", "ranking")]
    view = gateway.dependencies.view
    return view.failing is None and not sum((await view.lag()).values()) and all(h.ready and not h.lag for h in healths)


def judged(facts: list[Event]) -> set[int]:
    """The sequences of texts on which an engine has decided."""
    return {
        event.data.judged_sequence
        for event in facts
        if isinstance(event.data, PostDecided) and event.data.engine == "local" and event.data.model != "test"
    }


def stored(facts: list[Event]) -> set[int]:
    """The sequences of decisions whose vectors are stored."""
    return {event.data.source_sequence for event in facts if isinstance(event.data, EmbeddingStored)}
