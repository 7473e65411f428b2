"""Appends on a real broker: duplicates, conflicts and unknown outcomes."""

import asyncio

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as BrokerTimeout

from shared.log.append import ConcurrencyConflict, Log, UnknownOutcome
from shared.log.events import Event, PostSubmitted
from shared.log.provision import differences, provision
from shared.testing import TestBroker, decided, edited, submitted

pytestmark = pytest.mark.broker


async def test_an_appended_fact_is_read_back_with_its_sequence(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    appended = await log.append(post, after=0)
    stored = await log.last("post", post.entity_id)
    assert stored == post.model_copy(update={"sequence": appended.sequence})
    assert isinstance(stored.data, PostSubmitted)


async def test_appending_the_same_event_again_is_a_repeat_with_the_same_sequence(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    first = await log.append(post, after=0)
    again = await log.append(post, after=0)
    assert again.repeat
    assert again.sequence == first.sequence


@pytest.mark.parametrize("content", [submitted().encode(), b"no fact"])
async def test_a_fact_is_appended_although_another_service_has_used_its_id(broker: TestBroker, content: bytes) -> None:
    judge, thief = Log(await broker.connect("moderation")), await broker.connect("embeddings")
    post = submitted()
    first = await Log(await broker.connect("gateway")).append(post, after=0)
    decision = decided(post)
    headers = {"Nats-Msg-Id": decision.event_id}
    await thief.jetstream().publish("events.embedding.stored.x", content, headers=headers)
    appended = await judge.append(decision, after=first.sequence)
    assert not appended.repeat
    assert await judge.last("post", post.entity_id) == decision.model_copy(update={"sequence": appended.sequence})
    assert (await judge.append(decision, after=first.sequence)).sequence == appended.sequence


async def test_fifty_concurrent_appends_store_one_event(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    answers = await asyncio.gather(*(log.append(post, after=0) for _ in range(50)))
    assert len({answer.sequence for answer in answers}) == 1
    assert sum(not answer.repeat for answer in answers) <= 1


async def test_a_decision_conflicts_with_an_edit_before_it(broker: TestBroker) -> None:
    author, judge = Log(await broker.connect("gateway")), Log(await broker.connect("moderation"))
    post = submitted()
    first = await author.append(post, after=0)
    await author.append(edited(post), after=first.sequence)
    with pytest.raises(ConcurrencyConflict) as lost:
        await judge.append(decided(post), after=first.sequence)
    assert lost.value.last is not None
    assert lost.value.last.type == "post.edited"


class LateLog(Log):
    """A log in which an earlier publish is stored only after the first read."""

    def __init__(self, broker: Client, sent: Event, after: int) -> None:
        super().__init__(broker)
        self._broker, self._sent, self._after = broker, sent, after

    async def last_by_subject(self, subject: str) -> Event | None:
        stored = await super().last_by_subject(subject)
        await Log(self._broker).append(self._sent, after=self._after)
        return stored


async def test_a_fact_does_not_conflict_with_its_own_late_storage(broker: TestBroker) -> None:
    client = await broker.connect("gateway")
    post = submitted()
    first = await Log(client).append(post, after=0)
    edit = edited(post)
    appended = await LateLog(client, edit, first.sequence).append(edit, after=0)
    assert appended.repeat
    assert appended.sequence == first.sequence + 1


class MuteLog(Log):
    """A log that does not answer reads."""

    async def last_by_subject(self, subject: str) -> Event | None:
        raise BrokerTimeout


async def test_a_conflict_that_cannot_be_read_back_is_an_unknown_outcome(broker: TestBroker) -> None:
    log = MuteLog(await broker.connect("gateway"))
    post = submitted()
    await log.append(post, after=0)
    with pytest.raises(UnknownOutcome):
        await log.append(edited(post), after=0)


async def test_one_of_several_concurrent_decisions_wins(broker: TestBroker) -> None:
    author, judge = Log(await broker.connect("gateway")), Log(await broker.connect("moderation"))
    post = submitted()
    first = await author.append(post, after=0)
    answers = await asyncio.gather(
        *(judge.append(decided(post), after=first.sequence) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(answer, ConcurrencyConflict) for answer in answers) == 1


async def test_provisioning_twice_changes_nothing_and_differences_are_reported(broker: TestBroker) -> None:
    operator = await broker.connect()
    assert await provision(operator) == []
    assert await differences(operator) == []
    await operator.jetstream().delete_consumer("EVENTS", "moderation-decide-post")
    assert await differences(operator) == ["moderation-decide-post does not exist"]
