"""What a person decides has every effect that an engine's decision has, down to the index."""

from pathlib import Path

import pytest

from shared.log.events import EmbeddingStored, Event, PostDecided
from shared.messaging.broker import send_request
from shared.messaging.requests import ResolveCase, SearchPosts
from shared.testing import TestBroker
from tests.faults.in_process import AUTHOR, Town, embedding, moderating, running, town
from tests.faults.invariants import legal_order
from tests.faults.stand_ins import HOLD_WORD
from tests.faults.waiting import PATIENCE_S

pytestmark = pytest.mark.broker


async def resolve(here: Town, post: Event, outcome: str, revision: int = 1) -> None:
    case = {"post_id": post.entity_id, "revision": revision, "outcome": outcome, "reason": "seen", "moderator_id": "m"}
    resolved = await send_request(here.gateway, ResolveCase.model_validate(case), PATIENCE_S)
    assert resolved.conflict is None
    await here.come_to_rest()


async def found(here: Town, words: str) -> list[str]:
    return [hit.post_id for hit in (await send_request(here.gateway, SearchPosts(text=words), PATIENCE_S)).items]


async def test_a_held_post_that_a_person_publishes_is_found(broker: TestBroker, tmp_path: Path) -> None:
    async with town(broker) as here, running(moderating(broker)), running(embedding(broker, tmp_path)):
        post = await here.submit(f"roses {HOLD_WORD}")
        await here.come_to_rest()
        assert await found(here, "roses") == []
        await resolve(here, post, "published")
        assert await here.dead_letters() == 0
        assert await found(here, "roses") == [post.entity_id]
        facts = await here.facts()
        assert any(isinstance(event.data, EmbeddingStored) for event in facts)
        assert legal_order(facts, {post.entity_id}) == []


async def test_a_person_judges_the_revision_that_they_saw(broker: TestBroker, tmp_path: Path) -> None:
    async with town(broker) as here, running(moderating(broker)), running(embedding(broker, tmp_path)):
        post = await here.submit("roses")
        edit = await here.edit(post, post, f"tulips {HOLD_WORD}")
        await here.come_to_rest()
        await resolve(here, post, "rejected", revision=2)
        await resolve(here, post, "published", revision=2)
        assert await here.dead_letters() == 0
        assert await found(here, "tulips") == [post.entity_id]
        by_person = [event.data for event in await here.decisions() if event.actor == "user:m"]
        assert [fact.judged_sequence for fact in by_person if isinstance(fact, PostDecided)] == [edit.sequence] * 2
        assert {getattr(fact, "author_id", "") for fact in by_person} == {AUTHOR}


async def test_what_a_person_takes_down_is_found_no_more(broker: TestBroker, tmp_path: Path) -> None:
    async with town(broker) as here, running(moderating(broker)), running(embedding(broker, tmp_path)):
        post = await here.submit("roses")
        await here.come_to_rest()
        assert await found(here, "roses") == [post.entity_id]
        await resolve(here, post, "rejected")
        assert await found(here, "roses") == []
