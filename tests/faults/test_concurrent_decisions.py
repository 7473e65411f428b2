"""E20: concurrent decisions on one revision, and edits during a decision."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.gateway.posts.commands import PostCommands
from services.gateway.posts.schemas import EditPost
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.handlers import Dependencies, Handlers
from shared.log.append import Appended, Log
from shared.log.events import Event, PostDecided, PostEdited
from shared.log.streams import DECIDE_POST
from shared.messaging.requests import ResolveCase
from shared.model.inference_cache import Inference, InferenceCache
from shared.model.micro_batcher import MicroBatcher
from shared.policy import load_policy
from shared.policy.load import DEFAULT_POLICY
from shared.problems import Conflict
from shared.security.data_keys import DataKeyStore
from shared.telemetry.metrics import Metrics
from shared.testing import MASTER_KEY, TestBroker, appointed, decided, edited
from tests.faults.fakes import FakeModel
from tests.faults.in_process import AUTHOR, moderation_app, open_scenario, running
from tests.faults.invariants import legal_order, one_decision
from tests.gateway.conftest import Gateway, running_gateway
from tests.made_up_facts import made_up

pytestmark = [pytest.mark.broker, pytest.mark.injects("E20", invariants="I3 I4")]

REPLICAS = 4


class GatedModel(FakeModel):
    """Blocks in `infer` until `go` is set, and sets `begun`."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        self.begun.set()
        assert self.go.wait(60)
        return super().infer(texts)


class MeetingModel(FakeModel):
    """Blocks in `infer` until all replicas have called it."""

    def __init__(self, meeting: threading.Barrier) -> None:
        super().__init__()
        self._meeting = meeting

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        self._meeting.wait(60)
        return super().infer(texts)


async def test_an_edit_during_a_decision_voids_it_and_gets_its_own_decision(broker: TestBroker) -> None:
    model = GatedModel()
    async with open_scenario(broker) as here, running(moderation_app(broker, model)):
        post = await here.submit("the first words")
        assert await asyncio.to_thread(model.begun.wait, 60)
        edit = await here.edit(post, post, "other words")
        model.go.set()
        await here.wait_until_idle(DECIDE_POST)
        facts, decisions = await here.facts(), await here.decisions()
    (only,) = decisions
    assert isinstance(only.data, PostDecided)
    assert (only.data.revision, only.data.judged_sequence) == (2, edit.sequence)
    assert one_decision(facts, quiet=True) == []
    assert legal_order(facts) == []


async def test_an_unrelated_fact_during_a_decision_does_not_prevent_it(broker: TestBroker) -> None:
    model = GatedModel()
    async with open_scenario(broker) as here, running(moderation_app(broker, model)):
        post = await here.submit("another fact before it is decided")
        assert await asyncio.to_thread(model.begun.wait, 60)
        await Log(here.operator).append(made_up(post), after=post.sequence)
        model.go.set()
        await here.wait_until_idle(DECIDE_POST)
        facts, decisions = await here.facts(), await here.decisions()
    assert [decision.data.revision for decision in decisions if isinstance(decision.data, PostDecided)] == [1]
    assert one_decision(facts, quiet=True) == []
    assert legal_order(facts) == []


async def test_several_replicas_write_one_decision_on_a_revision(broker: TestBroker) -> None:
    meeting = threading.Barrier(REPLICAS)
    async with open_scenario(broker) as here:
        post = await here.submit("seen by all of them")
        await asyncio.gather(*(judge(broker, MeetingModel(meeting), post.sequence) for _ in range(REPLICAS)))
        facts = await here.facts()
    assert one_decision(facts, quiet=True) == []
    assert legal_order(facts) == []


async def test_a_moderator_and_an_engine_do_not_both_decide_a_revision(broker: TestBroker) -> None:
    async with open_scenario(broker) as here:
        await Log(here.gateway).append(appointed("m"), after=0)
        post = await here.submit("a person looks at it too")
        meeting = threading.Barrier(2)
        case = ResolveCase(post_id=post.entity_id, revision=1, outcome="rejected", reason="no", moderator_id="m")
        answers = await asyncio.gather(
            *(judge(broker, MeetingModel(meeting), post.sequence, case if person else None) for person in (False, True))
        )
        decisions = await here.decisions()
        facts = await here.facts()
    assert {answer for answer in answers if answer} <= {"revision_conflict"}
    assert one_decision(facts, quiet=False) == []
    assert legal_order(facts) == []
    assert len(decisions) >= 1


async def judge(broker: TestBroker, model: FakeModel, sequence: int, case: ResolveCase | None = None) -> str | None:
    """Run a replica of moderation on one fact or a moderator's case. Returns the code of a conflict, if any."""
    client = await broker.connect("moderation")
    keys = await DataKeyStore.open(client, MASTER_KEY)
    cache = await InferenceCache.open(client, f"{model.digest}-{id(model)}")  # a cache per model, so that each runs
    handlers = Handlers(load_policy(DEFAULT_POLICY))
    async with MicroBatcher(model) as batcher:
        engine = RoutedEngine(LocalEngine(batcher, cache, model.digest))
        handlers.dependencies = Dependencies(client, engine, Log(client), keys, model, Metrics("moderation"))
        event = await handlers.dependencies.log.at(sequence)
        assert event is not None
        conflict = None
        if case is None:
            await handlers.decide_post(event)
        else:
            await asyncio.to_thread(model.infer, ["wait until both have read the post"])
            conflict = (await handlers.resolve_case(case)).conflict
    await keys.close()
    await client.close()
    return conflict


class OvertakenLog(Log):
    """A log that appends rival facts just before its own append."""

    def __init__(self, broker: Client, rivals: Sequence[Event]) -> None:
        super().__init__(broker)
        self._rivals = list(rivals)

    async def append(self, event: Event, *, after: int) -> Appended:
        """Append the rivals' facts first."""
        while self._rivals:
            last = await self.last("post", event.entity_id)
            await super().append(self._rivals.pop(0), after=last.sequence if last else 0)
        return await super().append(event, after=after)


def commands(gateway: Gateway, log: Log, keys: DataKeyStore) -> PostCommands:
    return PostCommands(log, keys, gateway.posts, gateway.dependencies.community_queries)


@pytest.mark.parametrize("overtaken_by", ["an edit", "an edit and its decision", "a decision and an edit"])
async def test_an_edit_after_a_rival_edit_is_refused(broker: TestBroker, tmp_path: Path, overtaken_by: str) -> None:
    async with open_scenario(broker) as here, running_gateway(broker, tmp_path) as gateway:
        post = await here.submit("as it was seen")
        rivals = {
            "an edit": [edited(post)],
            "an edit and its decision": [edited(post), decided(post, "rejected", revision=2)],
            "a decision and an edit": [decided(post), edited(post)],
        }[overtaken_by]
        posts = commands(gateway, OvertakenLog(here.operator, rivals), here.keys)
        with pytest.raises(Conflict) as refused:
            await posts.edit(AUTHOR, post.entity_id, EditPost(revision=1, body="harmless words"))
        assert refused.value.code == "revision_conflict"
        revisions = [event.data.revision for event in await here.facts() if isinstance(event.data, PostEdited)]
    assert revisions == [2]


async def test_an_edit_is_accepted_after_decisions_on_the_same_revision(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here, running_gateway(broker, tmp_path) as gateway:
        post = await here.submit("as it was seen")
        rivals = [decided(post, "held"), made_up(post), decided(post, "rejected", decided_by="person"), made_up(post)]
        posts = commands(gateway, OvertakenLog(here.operator, rivals), here.keys)
        taken = await posts.edit(AUTHOR, post.entity_id, EditPost(revision=1, body="better words"))
        assert taken.sequence == (await here.facts())[-1].sequence


async def test_a_repeated_edit_gets_the_same_answer_after_its_decision(broker: TestBroker, tmp_path: Path) -> None:
    async with open_scenario(broker) as here, running_gateway(broker, tmp_path) as gateway:
        post = await here.submit("as it was seen")
        change = EditPost(revision=1, body="better words")
        first = await gateway.dependencies.posts.edit(AUTHOR, post.entity_id, change)
        await Log(here.operator).append(decided(post, revision=2), after=first.sequence)
        assert await gateway.dependencies.posts.edit(AUTHOR, post.entity_id, change) == first
