"""The log on a real broker: appends settle to one truth."""

import asyncio

import pytest

from shared.events import PostSubmitted
from shared.log import Log, LostRace
from shared.provision import differences, provision
from shared.testing import TestBroker, decided, edited, submitted

pytestmark = pytest.mark.broker


async def test_what_is_appended_is_read_back_with_its_sequence(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    appended = await log.append(post, after=0)
    found = await log.last("post", post.entity_id)
    assert found == post.model_copy(update={"sequence": appended.sequence})
    assert isinstance(found.data, PostSubmitted)


async def test_the_same_event_again_is_a_repeat_with_the_same_sequence(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    first = await log.append(post, after=0)
    again = await log.append(post, after=0)
    assert again.repeat
    assert again.sequence == first.sequence


async def test_fifty_at_once_leave_one_event(broker: TestBroker) -> None:
    log = Log(await broker.connect("gateway"))
    post = submitted()
    answers = await asyncio.gather(*(log.append(post, after=0) for _ in range(50)))
    assert len({answer.sequence for answer in answers}) == 1
    assert sum(not answer.repeat for answer in answers) <= 1


async def test_an_edit_in_between_makes_the_decision_lose(broker: TestBroker) -> None:
    author, judge = Log(await broker.connect("gateway")), Log(await broker.connect("moderation"))
    post = submitted()
    first = await author.append(post, after=0)
    await author.append(edited(post), after=first.sequence)
    with pytest.raises(LostRace) as lost:
        await judge.append(decided(post), after=first.sequence)
    assert lost.value.last is not None
    assert lost.value.last.type == "post.edited"


async def test_of_two_deciders_one_wins(broker: TestBroker) -> None:
    author, judge = Log(await broker.connect("gateway")), Log(await broker.connect("moderation"))
    post = submitted()
    first = await author.append(post, after=0)
    answers = await asyncio.gather(
        *(judge.append(decided(post), after=first.sequence) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(answer, LostRace) for answer in answers) == 1


async def test_provisioning_twice_changes_nothing_and_names_a_difference(broker: TestBroker) -> None:
    operator = await broker.connect()
    assert await provision(operator) == []
    assert await differences(operator) == []
    await operator.jetstream().delete_consumer("EVENTS", "moderation-decide-post")
    assert await differences(operator) == ["moderation-decide-post does not exist"]
