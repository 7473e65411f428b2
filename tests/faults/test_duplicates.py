"""E18, E19: duplicate messages in any order have the effect of one."""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import orjson
import pytest

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.decided_posts import DecidedPosts
from services.embeddings.adapters.text_encoder import TextEncoder
from services.embeddings.handlers import Indexer
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.handlers import Dependencies, Handlers
from services.ranking.projections import RankingState, apply_event
from services.ranking.projections import digest as ranking_digest
from shared.ids import new_id
from shared.log.append import Log
from shared.log.events import EmbeddingStored, Event
from shared.log.provision import provision
from shared.log.streams import DECIDE_POST, INDEX_POST, STREAMS, Consumer
from shared.model.inference_cache import InferenceCache
from shared.model.micro_batcher import MicroBatcher
from shared.policy import load_policy
from shared.policy.load import DEFAULT_POLICY
from shared.telemetry.metrics import Metrics
from shared.testing import AT, TestBroker
from tests.faults.fakes import HOLD_WORD, FakeEncoder, FakeModel
from tests.faults.in_process import Scenario, open_scenario
from tests.faults.invariants import index_is_published, legal_order, one_decision, published, same_digest
from tests.faults.stored_state import LogContents, StoredKeys, expected_points, folded_ranking, indexed_points, read_log
from tests.gateway.conftest import BASE, Gateway, Person, running_gateway
from tests.replay.folding import FoldedView, Stored

pytestmark = pytest.mark.broker

POSTS = 30
MAX_COPIES = 5
AT_ONCE = 50
# The broker accepts no shorter window of duplicate detection.
WINDOW_NS = 100_000_000


def duplicated(events: Sequence[Event], chance: random.Random) -> list[Event]:
    """Return every event one to five times, in random order."""
    copies = [event for event in events for _ in range(chance.randint(1, MAX_COPIES))]
    chance.shuffle(copies)
    return copies


def for_consumer(events: Sequence[Event], consumer: Consumer) -> list[Event]:
    """Return the events that a durable receives."""
    return [event for event in events if isinstance(event.data, consumer.facts)]


@pytest.mark.injects("E18", invariants="I3 I4 I7")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_duplicate_facts_in_any_order_have_one_effect(broker: TestBroker, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with open_scenario(broker) as here:
        for number in range(POSTS):
            post = await here.submit(f"roses of kind {number} {HOLD_WORD if number % 4 == 0 else ''}")
            if number % 3 == 0:
                await here.edit(post, post, f"tulips of kind {number}")
        await decide(here, duplicated(for_consumer(await here.facts(), DECIDE_POST), chance))
        decided = await here.facts()
        assert one_decision(decided, quiet=True) == []
        await index(here, tmp_path / "several", duplicated(for_consumer(decided, INDEX_POST), chance))
        facts = await here.facts()
        assert legal_order(facts) == []
        embedded = Counter(event.data.source_sequence for event in facts if isinstance(event.data, EmbeddingStored))
        assert embedded == Counter(event.sequence for event in published(facts).values())
        await index(here, tmp_path / "once", for_consumer(facts, INDEX_POST))
        wanted = await expected_points(facts, StoredKeys(here.keys))
        for folder in ("several", "once"):
            assert index_is_published(wanted, *await indexed_points(tmp_path / folder, list(wanted))) == []


async def decide(here: Scenario, events: Sequence[Event]) -> None:
    """Pass facts to moderation, concurrently."""
    model = FakeModel()
    cache = await InferenceCache.open(here.operator, model.digest)
    handlers = Handlers(load_policy(DEFAULT_POLICY))
    async with MicroBatcher(model) as batcher:
        engine = RoutedEngine(LocalEngine(batcher, cache, model.digest))
        log, metrics = Log(here.operator), Metrics("moderation")
        handlers.dependencies = Dependencies(here.operator, engine, log, here.keys, model, metrics)
        await asyncio.gather(*(handlers.decide_post(event) for event in events))


async def index(here: Scenario, data: Path, events: Sequence[Event]) -> None:
    """Pass facts to embeddings, concurrently."""
    edge, texts, log = EdgeIndex(data / "embeddings" / "posts"), TextEncoder(FakeEncoder()), Log(here.operator)
    await edge.prepare()
    cache = await InferenceCache.open(here.operator, FakeModel.digest)
    indexer = Indexer(edge, DecidedPosts(log, here.keys), cache, texts, log, "cheap", lambda: AT)
    await asyncio.gather(*(indexer.index_post(event) for event in events))
    await texts.close()
    await edge.close()


@pytest.mark.injects("E18", invariants="I5")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_duplicate_messages_do_not_change_the_views(broker: TestBroker, seed: int) -> None:
    chance = random.Random(seed)
    async with open_scenario(broker) as here:
        await here.published(POSTS)
        logged = await read_log(here.operator)
        repeated = [message for message in logged.events for _ in range(chance.randint(1, MAX_COPIES))]
        keys = StoredKeys(here.keys)
        views = {"once": await view_of(keys, logged.events), "several": await view_of(keys, repeated)}
    assert same_digest(views) == []
    boards = {"once": folded_ranking(logged), "several": RankingState()}
    for event in LogContents(repeated, []).facts:
        apply_event(boards["several"], event)
    assert same_digest({name: ranking_digest(state) for name, state in boards.items()}) == []


async def view_of(keys: StoredKeys, messages: Sequence[Stored]) -> str:
    """Return the digest of the gateway's view, folded in small overlapping batches."""
    with tempfile.TemporaryDirectory() as folder:
        view = FoldedView(Path(folder), keys)
        for start in range(0, len(messages), 7):
            await view.take_events(messages[max(0, start - 7) : start + 7])
        digest = view.digest()
        view.close()
        return digest


@pytest.mark.injects("E19", invariants="I11")
async def test_a_submission_sent_fifty_times_to_two_gateways_is_one_fact(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path / "a") as one, running_gateway(broker, tmp_path / "b") as other:
        await one.community()
        ada = await one.person("ada")
        registered = await one.dependencies.log.last("user", ada.id)
        assert registered is not None
        await other.seen(registered.sequence)
        clients = [ada.http, same_person(other, ada)]
        post = {"id": new_id(), "community": "garden", "title": "Tomatoes", "body": "They are ripe."}
        answers = await send(clients, post)
        await asyncio.to_thread(broker.stop, kill=True)
        away = asyncio.create_task(send(clients, post))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(broker.start)
        operator = await broker.connect()
        await provision(operator)
        during = await away
        answers += await send(clients, post)
        assert {answer.status_code for answer in answers} == {202}
        assert {answer.status_code for answer in during} <= {202, 503}
        assert len({answer.text for answer in (*answers, *during) if answer.status_code == 202}) == 1
        stored = [event for event in (await read_log(operator)).facts if event.entity_id == post["id"]]
        assert [event.sequence for event in stored] == [answers[0].json()["sequence"]]
        await operator.close()


@pytest.mark.injects("E19", invariants="I11")
async def test_a_submission_repeated_after_the_duplicate_window_is_one_fact(broker: TestBroker, tmp_path: Path) -> None:
    operator = await broker.connect()
    declared = next(stream for stream in STREAMS if stream["name"] == "EVENTS")
    shorter = declared | {"duplicate_window": WINDOW_NS}
    answer = await operator.request("$JS.API.STREAM.UPDATE.EVENTS", orjson.dumps(shorter))
    assert "error" not in orjson.loads(answer.data), answer.data
    async with running_gateway(broker, tmp_path) as one:
        await one.community()
        ada = await one.person("ada")
        post = {"id": new_id(), "community": "garden", "title": "Tomatoes", "body": "They are ripe."}
        answers = await send([ada.http], post)
        await asyncio.sleep(5 * WINDOW_NS / 1e9)
        answers += await send([ada.http], post)
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.text for answer in answers}) == 1
        stored = [event for event in (await read_log(operator)).facts if event.entity_id == post["id"]]
        assert [event.sequence for event in stored] == [answers[0].json()["sequence"]]
    await operator.close()


def same_person(gateway: Gateway, person: Person) -> httpx.AsyncClient:
    """The person's session, at another replica."""
    http = httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url=BASE)
    http.cookies.update(person.http.cookies)
    http.headers["x-csrf-token"] = person.http.headers["x-csrf-token"]
    return http


async def send(clients: Sequence[httpx.AsyncClient], post: dict[str, str]) -> list[httpx.Response]:
    """The same post many times at once, through both gateways."""
    return await asyncio.gather(*(clients[turn % len(clients)].post("/v1/posts", json=post) for turn in range(AT_ONCE)))
