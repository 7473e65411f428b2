"""The service on a real broker: the index follows the log."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from numpy.typing import NDArray
from pydantic import SecretStr

from services.embeddings.adapters import EdgeIndex
from services.embeddings.app import create_app
from services.embeddings.settings import Settings
from shared.ids import new_id
from shared.log.append import Log
from shared.log.events import EmbeddingStored, Event, UserErased, record
from shared.log.signals import Signal, SignalKind
from shared.messaging.broker import send_request
from shared.messaging.requests import Health, PostHits, ReaderTaste, RelatedPosts, SearchPosts, health_subject
from shared.model import pinned_files
from shared.model.categories import SCORES
from shared.model.inference_cache import Inference, InferenceCache
from shared.problems import Unavailable
from shared.security.data_keys import DataKeyStore
from shared.testing import AT, MASTER_KEY, TestBroker, decided, edited, submitted, withdrawn
from tests.faults.waiting import TIMEOUT_S

pytestmark = pytest.mark.broker


class WordEncoder:
    """Encodes texts so that texts with common words get similar vectors."""

    def __init__(self) -> None:
        self.passes = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passes += len(texts)
        return np.array([self._of(text) for text in texts], dtype=np.float32)

    def _of(self, text: str) -> NDArray[np.float64]:
        vector = np.full(384, 1e-3)
        for word in text.lower().split():
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 384] += 1
        unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
        return unit


@dataclass
class Site:
    """The gateway's and moderation's access to the log, and one author."""

    gateway: Client
    moderation: Client
    author: str
    keys: DataKeyStore

    async def submit(self, text: str, **fields: str) -> Event:
        key = await self.keys.key_of(self.author)
        post = submitted(None, key=key, text=text, **{"author_id": self.author, **fields})
        return await self._append(self.gateway, post, 0)

    async def edit(self, post: Event, after: Event, text: str) -> Event:
        key = await self.keys.key_of(self.author)
        sealed = submitted(post.entity_id, key=key, text=text).data.model_dump()
        content = {"content": sealed["content"], "content_hash": sealed["content_hash"]}
        return await self._append(self.gateway, edited(post, author_id=self.author, **content), after.sequence)

    async def decide(self, judged: Event, outcome: str = "published", revision: int = 1) -> Event:
        decision = decided(judged, outcome, revision=revision, author_id=self.author)
        return await self._append(self.moderation, decision, judged.sequence)

    async def withdraw(self, post: Event, after: Event) -> Event:
        return await self._append(self.gateway, withdrawn(post), after.sequence)

    async def erase(self) -> None:
        erased = record(UserErased(), self.author, actor=f"user:{self.author}", at=AT)
        await self._append(self.gateway, erased, 0)
        await self.keys.erase(self.author)

    async def signal(self, reader: str, post: Event, kind: SignalKind = "vote") -> None:
        signal = Signal(kind=kind, post_id=post.entity_id, user_id=reader, value=1, occurred_at=AT)
        await self.gateway.jetstream().publish(signal.subject, signal.encode())

    async def search(self, text: str) -> list[str]:
        hits: PostHits = await send_request(self.gateway, SearchPosts(text=text), TIMEOUT_S)
        return [hit.post_id for hit in hits.items]

    async def health(self) -> Health:
        answer = await self.gateway.request(health_subject("embeddings"), b"", timeout=TIMEOUT_S)
        return Health.model_validate_json(answer.data)

    async def _append(self, client: Client, event: Event, after: int) -> Event:
        appended = await Log(client).append(event, after=after)
        return event.model_copy(update={"sequence": appended.sequence})


async def until(look: Callable[[], Awaitable[object]], expected: object) -> None:
    """Poll until `look` returns the expected value; fail with the last one."""
    seen: object = None
    deadline = asyncio.get_running_loop().time() + TIMEOUT_S
    while asyncio.get_running_loop().time() < deadline:
        try:
            seen = await look()
        except (Unavailable, BrokerError, OSError) as error:
            seen = error
        if seen == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"expected {expected}, got {seen}")


@asynccontextmanager
async def running(broker: TestBroker, folder: Path, encoder: WordEncoder | None = None) -> AsyncIterator[None]:
    """Run the service until the end of the block."""
    settings = Settings(
        broker_url=broker.url,
        broker_password=SecretStr(broker.passwords["embeddings"]),
        master_key=SecretStr(MASTER_KEY),
        data_dir=folder,
    )
    app = create_app(settings, encoder=encoder or WordEncoder())
    task = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.exit()
        async with asyncio.timeout(TIMEOUT_S):
            await task


@asynccontextmanager
async def site(broker: TestBroker) -> AsyncIterator[Site]:
    """Connect to the broker as gateway and moderation, with one author."""
    gateway, moderation = await broker.connect("gateway"), await broker.connect("moderation")
    keys, author = await DataKeyStore.open(gateway, MASTER_KEY), new_id()
    await keys.create(author)
    yield Site(gateway, moderation, author, keys)
    await keys.close()
    await gateway.close()
    await moderation.close()


async def test_a_post_is_found_from_its_publication_to_its_edit_and_again_after_it(
    broker: TestBroker, tmp_path: Path
) -> None:
    async with site(broker) as here, running(broker, tmp_path):
        post = await here.submit("pruning old roses")
        other = await here.submit("roses that are refused")
        first = await here.decide(post)
        await here.decide(other, "rejected")
        await until(lambda: here.search("roses"), [post.entity_id])

        second = await here.edit(post, first, "pruning young tulips")
        await until(lambda: here.search("roses"), [])
        await here.decide(second, revision=2)
        await until(lambda: here.search("tulips"), [post.entity_id])
        assert await here.search("roses") == []

        await until(lambda: embedded_revision(here, post.entity_id), 2)  # appended after the index has it


async def embedded_revision(here: Site, post_id: str) -> int | None:
    """Return the revision of the last stored embedding in the log."""
    stored = await Log(here.gateway).last("embedding", post_id)
    return stored.data.revision if stored and isinstance(stored.data, EmbeddingStored) else None


async def test_withdrawn_and_erased_posts_are_no_longer_found(broker: TestBroker, tmp_path: Path) -> None:
    async with site(broker) as here, running(broker, tmp_path):
        roses, lilies = await here.submit("red roses"), await here.submit("white lilies")
        published = await here.decide(roses)
        await here.decide(lilies)
        await until(lambda: here.search("lilies"), [lilies.entity_id])
        await here.withdraw(roses, published)
        await until(lambda: here.search("roses"), [])
        late = await here.submit("late lilies")
        await here.erase()
        await here.decide(late)
        await until(lambda: here.search("lilies"), [])


async def test_a_vector_cached_by_moderation_is_reused(broker: TestBroker, tmp_path: Path) -> None:
    encoder = WordEncoder()
    async with site(broker) as here, running(broker, tmp_path, encoder):
        cache = await InferenceCache.open(here.moderation, pinned_files.MODEL_DIGEST)
        post = await here.submit("known words")
        known = Inference(encoder.encode(["somewhere else"])[0], np.zeros(len(SCORES), dtype=np.float32))
        await cache.put(post.data.model_dump()["content_hash"], known)
        passes = encoder.passes
        await here.decide(post)
        await until(lambda: here.search("known"), [post.entity_id])
        assert encoder.passes - passes <= (await here.health()).passes
        hits: PostHits = await send_request(here.gateway, SearchPosts(text="somewhere else"), TIMEOUT_S)
        assert [(hit.post_id, hit.why) for hit in hits.items] == [(post.entity_id, "meaning")]
        # A hash in a fact that is not the text's own finds no vector.
        forged = await here.submit("other lilies", content_hash=post.data.model_dump()["content_hash"])
        await here.decide(forged)
        await until(lambda: here.search("lilies"), [forged.entity_id])
        hits = await send_request(here.gateway, SearchPosts(text="somewhere else"), TIMEOUT_S)
        assert forged.entity_id not in [hit.post_id for hit in hits.items]


async def test_a_lost_index_is_rebuilt_from_the_log(broker: TestBroker, tmp_path: Path) -> None:
    async with site(broker) as here:
        async with running(broker, tmp_path / "one"):
            posts = [await here.submit(f"roses of kind {number}") for number in range(12)]
            decisions = [await here.decide(post) for post in posts]
            await here.withdraw(posts[0], decisions[0])
            await until(lambda: ready_and_idle(here), True)
        async with running(broker, tmp_path / "two"):
            await until(lambda: ready_and_idle(here), True)
            assert set(await here.search("roses")) == {post.entity_id for post in posts[1:]}
    assert await digest(tmp_path / "one") == await digest(tmp_path / "two")


async def test_the_user_embedding_follows_votes_and_related_posts_are_similar(
    broker: TestBroker, tmp_path: Path
) -> None:
    async with site(broker) as here, running(broker, tmp_path):
        roses = [await here.submit(f"garden roses {word}") for word in ("red", "white")]
        engine = await here.submit("diesel motor oil")
        for post in (*roses, engine):
            await here.decide(post)
        await until(lambda: ready_and_idle(here), True)
        related: PostHits = await send_request(here.gateway, RelatedPosts(post_id=roses[0].entity_id), TIMEOUT_S)
        assert [hit.post_id for hit in related.items][:1] == [roses[1].entity_id]

        everyone = tuple(post.entity_id for post in (*roses, engine))
        nobody = await send_request(here.gateway, ReaderTaste(reader_id="r", post_ids=everyone), TIMEOUT_S)
        assert not nobody.known
        await here.signal("r", roses[0])

        async def likes_roses() -> bool:
            matches = await send_request(
                here.gateway, ReaderTaste(reader_id="r", post_ids=everyone, limit=2), TIMEOUT_S
            )
            similarity = matches.similarity
            return bool(similarity) and similarity[roses[1].entity_id] > similarity[engine.entity_id]

        await until(likes_roses, True)
        await explained_and_refused(here, roses)


async def explained_and_refused(here: Site, roses: list[Event]) -> None:
    """Check that near posts name the liked one next to them, and that a reader's refusals are left out."""
    red, white = (post.entity_id for post in roses)
    taste = ReaderTaste(reader_id="r", explained=True, since=AT)
    near = await send_request(here.gateway, taste, TIMEOUT_S)
    assert near.liked == (red,)
    assert {hit.post_id: hit.because for hit in near.nearest if hit.post_id in (red, white)} == {red: red, white: red}
    scores = [hit.score for hit in near.nearest]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.post_id for hit in near.nearest}) == len(scores), "the recent ones are also among all"
    refused = taste.model_copy(update={"hidden_communities": (str(getattr(roses[0].data, "community", "")),)})
    assert (await send_request(here.gateway, refused, TIMEOUT_S)).nearest == ()
    await here.signal("r", roses[1], "less")

    async def related() -> list[str]:
        found: PostHits = await send_request(here.gateway, RelatedPosts(post_id=red, reader_id="r"), TIMEOUT_S)
        return [hit.post_id for hit in found.items if hit.post_id == white]

    await until(related, [])
    another: PostHits = await send_request(here.gateway, RelatedPosts(post_id=red, reader_id="s"), TIMEOUT_S)
    assert white in [hit.post_id for hit in another.items]


class OneVector(WordEncoder):
    """Gives every text the same vector, as the model does to texts of which it knows no letter."""

    def _of(self, text: str) -> NDArray[np.float64]:
        return super()._of("?")


@pytest.mark.parametrize(
    ("subject", "other", "query"),
    [
        ("ปลูกมะเขือเทศที่ระเบียง", "ซ่อมจักรยานที่โซ่หลุด", "ห้องสมุดเปิดกี่โมง"),
        ("阳台上种番茄", "链条掉了怎么修", "😀"),
    ],
)
async def test_texts_that_the_model_cannot_read_have_no_meaning_in_common(
    broker: TestBroker, tmp_path: Path, subject: str, other: str, query: str
) -> None:
    async with site(broker) as here, running(broker, tmp_path, OneVector()):
        tomatoes, bicycle = [await here.submit(text) for text in (subject, other)]
        for post in (tomatoes, bicycle):
            await here.decide(post)
        await until(lambda: ready_and_idle(here), True)
        await here.signal("r", tomatoes)

        async def taste() -> tuple[bool, tuple[str, ...], dict[str, float], int]:
            wanted = ReaderTaste(reader_id="r", post_ids=(bicycle.entity_id,), explained=True)
            found = await send_request(here.gateway, wanted, TIMEOUT_S)
            return found.known, found.liked, dict(found.similarity), len(found.nearest)

        await until(taste, (True, (tomatoes.entity_id,), {}, 0))
        related: PostHits = await send_request(here.gateway, RelatedPosts(post_id=tomatoes.entity_id), TIMEOUT_S)
        assert related.items == ()
        assert await here.search(query) == []
        assert await here.search(subject[:4]) == [tomatoes.entity_id]


async def ready_and_idle(here: Site) -> bool:
    health = await here.health()
    return health.ready and health.lag == 0


async def digest(folder: Path) -> str:
    (index_folder,) = filter(Path.is_dir, (folder / "embeddings").iterdir())
    index = EdgeIndex(index_folder)
    await index.prepare()
    try:
        return await index.digest()
    finally:
        await index.close()
