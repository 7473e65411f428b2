"""Services inside the test's process, for faults that need access to their objects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faststream import FastStream
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as BrokerTimeout
from pydantic import SecretStr

from services.embeddings import app as embeddings
from services.embeddings.index_differences import ReadableIndex
from services.embeddings.settings import Settings as EmbeddingsSettings
from services.moderation import app as moderation
from services.moderation.settings import Settings as ModerationSettings
from services.ranking import app as ranking
from services.ranking.settings import Settings as RankingSettings
from shared.content import Content
from shared.log.append import Log
from shared.log.events import Event, PostDecided, PostEdited, record
from shared.log.streams import CONSUMERS, Consumer
from shared.messaging.requests import Health, health_subject
from shared.model.local_model import Model
from shared.policy import DEFAULT_POLICY, load_policy
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import DataKey
from shared.testing import AT, MASTER_KEY, TestBroker, decided, submitted
from tests.faults.fakes import FakeEncoder, FakeModel
from tests.faults.stored_state import read_log
from tests.faults.waiting import TIMEOUT_S, wait_until

AUTHOR = "author-1"
# Checks the index often, so that a loss is detected within a test.
UPKEEP_EVERY_S = 0.2


@asynccontextmanager
async def running(app: FastStream) -> AsyncIterator[None]:
    """Run a service during the block."""
    task = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.exit()
        async with asyncio.timeout(TIMEOUT_S):
            await task


def moderation_app(broker: TestBroker, model: Model | None = None) -> FastStream:
    """Return a moderation app, with this model or a fake."""
    settings = ModerationSettings(
        broker_url=broker.url,
        broker_password=SecretStr(broker.passwords["moderation"]),
        master_key=SecretStr(MASTER_KEY),
    )
    return moderation.create_app(settings, model=model or FakeModel(), policy=load_policy(DEFAULT_POLICY))


def embeddings_app(broker: TestBroker, folder: Path, index: ReadableIndex | None = None, **changed: Any) -> FastStream:
    """Return an embeddings app, with this index or the one in the folder. `changed`: other settings."""
    settings = EmbeddingsSettings(
        broker_url=broker.url,
        broker_password=SecretStr(broker.passwords["embeddings"]),
        master_key=SecretStr(MASTER_KEY),
        data_dir=folder,
        **{"upkeep_every_s": UPKEEP_EVERY_S} | changed,
    )
    return embeddings.create_app(settings, index=index, encoder=FakeEncoder(), clock=lambda: AT)


def ranking_app(broker: TestBroker, folder: Path) -> FastStream:
    """Return a ranking app."""
    password = SecretStr(broker.passwords["ranking"])
    return ranking.create_app(RankingSettings(broker_url=broker.url, broker_password=password, data_dir=folder))


@dataclass
class Scenario:
    """One author who appends posts and edits to the log, and reads of the log and the broker."""

    gateway: Client
    operator: Client
    keys: DataKeyStore
    key: DataKey

    async def submit(self, text: str) -> Event:
        """Append a submission."""
        return await self._append(submitted(key=self.key, text=text, author_id=AUTHOR), 0)

    async def edit(self, post: Event, last: Event, text: str, revision: int = 2) -> Event:
        """Append the next revision, after the last fact that the author saw."""
        content = Content(title="A title", body=text).canonical()
        fact = PostEdited(
            author_id=AUTHOR,
            content=self.key.seal(content, post.entity_id),
            content_hash=self.key.content_hash(content),
            revision=revision,
        )
        return await self._append(record(fact, post.entity_id, actor=f"user:{AUTHOR}", at=AT), last.sequence)

    async def facts(self) -> list[Event]:
        """Return all facts of the log."""
        return (await read_log(self.operator)).facts

    async def decisions(self) -> list[Event]:
        """Return all decisions in the log."""
        return [event for event in await self.facts() if isinstance(event.data, PostDecided)]

    async def published(self, count: int) -> list[Event]:
        """Append submissions and the decisions that publish them, and return the submissions."""
        judge = Log(self.operator)
        posts = [await self.submit(f"roses of kind {number}") for number in range(count)]
        for post in posts:
            await judge.append(decided(post, author_id=AUTHOR), after=post.sequence)
        return posts

    async def health(self, service: str) -> Health:
        """Return the health report of a service; not ready if it does not answer."""
        try:
            message = await self.operator.request(health_subject(service), b"", timeout=5)
        except (NoRespondersError, BrokerTimeout):
            return Health()
        return Health.model_validate_json(message.data)

    async def lag(self, consumer: Consumer) -> int:
        """Return the number of messages that wait for a durable, including unacknowledged ones."""
        info = await self.operator.jetstream().consumer_info("EVENTS", consumer.durable)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def deliveries(self, consumer: Consumer) -> int:
        """Return the number of deliveries of a durable."""
        info = await self.operator.jetstream().consumer_info("EVENTS", consumer.durable)
        return info.delivered.consumer_seq if info.delivered else 0

    async def dead_letters(self) -> int:
        """Return the number of dead letters."""
        return (await self.operator.jetstream().stream_info("DEAD_LETTERS")).state.messages

    async def wait_until_idle(self, *consumers: Consumer) -> None:
        """Wait until no message waits for these durables; without arguments, for any durable."""

        async def is_idle() -> bool:
            return not any([await self.lag(consumer) for consumer in consumers or CONSUMERS])

        await wait_until(is_idle, "no message waits for the durables")

    async def _append(self, event: Event, after: int) -> Event:
        appended = await Log(self.gateway).append(event, after=after)
        return event.model_copy(update={"sequence": appended.sequence})


@asynccontextmanager
async def open_scenario(broker: TestBroker) -> AsyncIterator[Scenario]:
    """Open connections as gateway and operator, and create one author."""
    gateway, operator = await broker.connect("gateway"), await broker.connect()
    keys = await DataKeyStore.open(gateway, MASTER_KEY)
    yield Scenario(gateway, operator, keys, await keys.create(AUTHOR))
    await keys.close()
    await gateway.close()
    await operator.close()
