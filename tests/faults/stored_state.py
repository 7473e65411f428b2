"""Reads the final state in independent ways: the log as operator, the API over HTTP, the files of the views."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy

from services.embeddings.adapters import EdgeIndex
from services.embeddings.adapters.text_encoder import SentenceEncoder
from services.ranking.adapters.checkpoint import Checkpoint, StreamState
from services.ranking.projections import RankingState, apply_event, apply_signal
from services.ranking.projections import digest as ranking_digest
from shared.content import Content
from shared.log.events import DecodeError, Event, PostEdited, PostSubmitted, decode
from shared.log.signals import Signal, decode_signal
from shared.log.streams import Consumer
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import DataKey
from tests.faults.fakes import FakeEncoder
from tests.faults.invariants import CheckpointReading, Point, published
from tests.faults.waiting import TIMEOUT_S
from tests.replay.folding import FakeKeys, FoldedView, Place, Stored, Streams

# Batch sizes of a second rebuild, which no production code uses. Each batch repeats the previous one.
ODD_BATCHES = (1, 7, 97)
COPY_ATTEMPTS = 5


@dataclass(frozen=True)
class LogContents:
    """The stored messages of `EVENTS` and `SIGNALS`."""

    events: list[Stored]
    signals: list[Stored]

    @property
    def facts(self) -> list[Event]:
        """The decodable facts, in order."""
        return list(_readable(self.events))

    @property
    def votes(self) -> list[Signal]:
        """The decodable signals, in order."""
        return [signal for message in self.signals if (signal := _readable_signal(message))]

    def up_to(self, event: int, signal: int) -> "LogContents":
        """Return the messages up to these sequences."""
        return LogContents(_first(self.events, event), _first(self.signals, signal))

    @property
    def streams(self) -> Streams:
        """The messages in the form for `FoldedView`."""
        return Streams(list(self.events), list(self.signals))


class StoredKeys(FakeKeys):
    """The real keys, for views that the test folds."""

    def __init__(self, key_store: DataKeyStore) -> None:
        super().__init__()
        self._key_store = key_store

    async def key_of(self, user_id: str) -> DataKey:
        """Return the user's real key."""
        return await self._key_store.key_of(user_id)


async def read_log(operator: Client) -> LogContents:
    """Read both streams."""
    return LogContents(await read_to_end(operator, "EVENTS"), await read_to_end(operator, "SIGNALS"))


async def read_to_end(operator: Client, name: str) -> list[Stored]:
    """Read one stream, in order."""
    stream = operator.jetstream()
    last = (await stream.stream_info(name)).state.last_seq
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    subscription = await stream.subscribe("", stream=name, ordered_consumer=True, config=config)
    found: list[Stored] = []
    while last and (not found or found[-1].sequence.stream < last):
        message = await subscription.next_msg(timeout=TIMEOUT_S)
        found.append(Stored(message.subject, message.data, Place(message.metadata.sequence.stream)))
    await subscription.unsubscribe()
    return found


async def dead_letter_sequences(operator: Client, consumer: Consumer) -> list[int]:
    """Return the log sequences for which a consumer wrote dead letters."""
    prefix = f"dead.{consumer.service}.{consumer.durable}."
    stream = operator.jetstream()
    letters = [
        await stream.get_msg("DEAD_LETTERS", seq=letter.sequence.stream)
        for letter in await read_to_end(operator, "DEAD_LETTERS")
        if letter.subject.startswith(prefix)
    ]
    return [orjson.loads((letter.headers or {})["Ottit-Origin"])["sequence"] for letter in letters]


async def read_view_checkpoint(data: Path, logged: LogContents, keys: FakeKeys) -> CheckpointReading:
    """Return the state of the gateway's view file, and the state of the log folded up to the same sequence."""
    with _copied(data / "gateway") as copy, tempfile.TemporaryDirectory() as fresh:
        there = FoldedView(copy, keys)
        events, signals = there.store.reached("EVENTS"), there.store.reached("SIGNALS")
        refolded = FoldedView(Path(fresh), keys)
        await refolded.take(logged.up_to(events, signals).streams)
        reading = CheckpointReading(events, there.digest(), refolded.digest())
        there.close()
        refolded.close()
        return reading


async def repeated_view_digest(logged: LogContents, keys: FakeKeys) -> str:
    """Return the view's digest after a rebuild in odd batches with every message delivered twice."""
    with tempfile.TemporaryDirectory() as folder:
        view = FoldedView(Path(folder), keys)
        await view.take_in_batches(logged.streams, ODD_BATCHES)
        digest = view.digest()
        view.close()
        return digest


async def read_ranking_checkpoint(data: Path, logged: LogContents, operator: Client) -> CheckpointReading:
    """Return the state of ranking's checkpoint, and the state of the log folded up to the same sequence."""
    streams = {}
    for name in ("EVENTS", "SIGNALS"):
        info = await operator.jetstream().stream_info(name)
        streams[name] = StreamState(info.created.isoformat() if info.created else "", info.state.last_seq)
    with _copied(data / "ranking") as copy:
        checkpoint = Checkpoint(copy / "board.sqlite")
        state = checkpoint.load(streams)
        checkpoint.close()
    seen = logged.up_to(state.last_applied["EVENTS"], state.last_applied["SIGNALS"])
    return CheckpointReading(state.last_applied["EVENTS"], ranking_digest(state), ranking_digest(folded_ranking(seen)))


def folded_ranking(logged: LogContents) -> RankingState:
    """Fold the ranking state from the log."""
    state = RankingState()
    for event in logged.facts:
        apply_event(state, event)
    for message in logged.signals:
        apply_signal(state, decode_signal(message.data, message.sequence.stream))
    return state


async def expected_points(
    facts: Sequence[Event], keys: FakeKeys, encoder: SentenceEncoder | None = None
) -> dict[str, Point]:
    """Return the points that the index should have according to the log. `encoder`: by default the tests' fake."""
    texts = {event.sequence: event for event in facts if isinstance(event.data, PostSubmitted | PostEdited)}
    encoder, wanted = encoder or FakeEncoder(), {}
    for post_id, decision in published(facts).items():
        judged = texts[getattr(decision.data, "judged_sequence", 0)]
        key = await keys.key_of(getattr(judged.data, "author_id", ""))
        content = Content.from_canonical(key.open(getattr(judged.data, "content", ""), post_id))
        wanted[post_id] = Point(decision.sequence, encoder.encode([content.text])[0])
    return wanted


async def indexed_points(data: Path, post_ids: Sequence[str]) -> tuple[dict[str, Point], int]:
    """Return the index's points of these posts, and the number of all posts in the index."""
    (home,) = (file.parent for file in (data / "embeddings").glob("*/edge_config.json"))
    with _copied(home) as copy:
        index = EdgeIndex(copy)
        await index.prepare()
        vectors = await index.vectors(post_ids)
        points = {post_id: Point(await index.sequence(post_id), vector) for post_id, vector in vectors.items()}
        count = await index.count()
        await index.close()
        return points, count


async def visible_posts(http: httpx.AsyncClient) -> set[str]:
    """Return every post in the user's feed or on the first page of a search."""
    found = (await http.get("/v1/search", params={"q": "tomatoes"})).raise_for_status().json()
    shown = {item["post"]["id"] for item in found["items"]}
    cursor: str | None = None
    while True:
        page = await read_page(http, "/v1/feed?sort=new", cursor)
        shown |= {item["post"]["id"] for item in page["items"]}
        if (cursor := page["next"]) is None:
            return shown


async def read_page(http: httpx.AsyncClient, path: str, cursor: str | None) -> dict[str, Any]:
    """Read one page of a listing."""
    address = httpx.URL(path).copy_merge_params({"limit": "50", **({"cursor": cursor} if cursor else {})})
    page: dict[str, Any] = (await http.get(address)).raise_for_status().json()
    return page


def _readable(messages: Sequence[Stored]) -> Iterator[Event]:
    for message in messages:
        try:
            yield decode(message.data, message.sequence.stream)
        except DecodeError:
            continue


def _readable_signal(message: Stored) -> Signal | None:
    try:
        return decode_signal(message.data, message.sequence.stream)
    except DecodeError:
        return None


def _first(messages: Sequence[Stored], sequence: int) -> list[Stored]:
    return [message for message in messages if message.sequence.stream <= sequence]


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    """Yield a copy of a folder: SQLite and Qdrant write when they open."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.name
        _copy(folder, copy)
        yield copy


def _copy(folder: Path, copy: Path) -> None:
    """Copy a folder of a running service, again if a file was replaced meanwhile."""
    for _ in range(COPY_ATTEMPTS - 1):
        try:
            shutil.copytree(folder, copy)
        except (shutil.Error, FileNotFoundError):
            shutil.rmtree(copy, ignore_errors=True)
        else:
            return
    shutil.copytree(folder, copy)
