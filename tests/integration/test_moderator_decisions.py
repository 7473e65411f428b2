"""A moderator's decision has the same effects as an engine's, including the index."""

from contextlib import suppress
from pathlib import Path

import pytest

from shared.log.append import ConcurrencyConflict, Log
from shared.log.events import EmbeddingStored, Event, PostDecided
from shared.messaging.broker import send_request
from shared.messaging.requests import ResolveCase, SearchPosts
from shared.testing import TestBroker, appointed
from tests.faults.fakes import HOLD_WORD
from tests.faults.in_process import AUTHOR, Scenario, embeddings_app, moderation_app, open_scenario, running
from tests.faults.invariants import legal_order
from tests.faults.waiting import TIMEOUT_S

pytestmark = pytest.mark.broker


async def resolve(here: Scenario, post: Event, outcome: str, revision: int = 1) -> None:
    with suppress(ConcurrencyConflict):  # appointed already
        await Log(here.gateway).append(appointed("m"), after=0)
    case = {"post_id": post.entity_id, "revision": revision, "outcome": outcome, "reason": "seen", "moderator_id": "m"}
    resolved = await send_request(here.gateway, ResolveCase.model_validate(case), TIMEOUT_S)
    assert resolved.conflict is None
    await here.wait_until_idle()


async def search_ids(here: Scenario, words: str) -> list[str]:
    return [hit.post_id for hit in (await send_request(here.gateway, SearchPosts(text=words), TIMEOUT_S)).items]


async def test_a_held_post_published_by_a_moderator_is_found(broker: TestBroker, tmp_path: Path) -> None:
    async with (
        open_scenario(broker) as here,
        running(moderation_app(broker)),
        running(embeddings_app(broker, tmp_path)),
    ):
        post = await here.submit(f"roses {HOLD_WORD}")
        await here.wait_until_idle()
        assert await search_ids(here, "roses") == []
        await resolve(here, post, "published")
        assert await here.dead_letters() == 0
        assert await search_ids(here, "roses") == [post.entity_id]
        facts = await here.facts()
        assert any(isinstance(event.data, EmbeddingStored) for event in facts)
        assert legal_order(facts, {post.entity_id}) == []


async def test_a_moderator_decides_the_revision_that_they_saw(broker: TestBroker, tmp_path: Path) -> None:
    async with (
        open_scenario(broker) as here,
        running(moderation_app(broker)),
        running(embeddings_app(broker, tmp_path)),
    ):
        post = await here.submit("roses")
        edit = await here.edit(post, post, f"tulips {HOLD_WORD}")
        await here.wait_until_idle()
        await resolve(here, post, "rejected", revision=2)
        await resolve(here, post, "published", revision=2)
        assert await here.dead_letters() == 0
        assert await search_ids(here, "tulips") == [post.entity_id]
        by_person = [event.data for event in await here.decisions() if event.actor == "user:m"]
        assert [fact.judged_sequence for fact in by_person if isinstance(fact, PostDecided)] == [edit.sequence] * 2
        assert {getattr(fact, "author_id", "") for fact in by_person} == {AUTHOR}


async def test_a_post_rejected_by_a_moderator_is_no_longer_found(broker: TestBroker, tmp_path: Path) -> None:
    async with (
        open_scenario(broker) as here,
        running(moderation_app(broker)),
        running(embeddings_app(broker, tmp_path)),
    ):
        post = await here.submit("roses")
        await here.wait_until_idle()
        assert await search_ids(here, "roses") == [post.entity_id]
        await resolve(here, post, "rejected")
        assert await search_ids(here, "roses") == []
