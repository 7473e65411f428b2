"""E16: no edge value in any field stops a view, and what the schemas allow can be stored and read."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from services.gateway.drift import queries as drift_queries
from services.gateway.drift.drift_view import fold_decisions, fold_records
from services.gateway.drift.store import DriftStore
from services.gateway.modlog.queries import LogReader
from services.gateway.review.queries import Reviewer
from services.gateway.timeline.queries import shown
from services.ranking.adapters.checkpoint import Checkpoint, StreamState
from services.ranking.handlers import FeedQueries
from services.ranking.personalization import Personalization
from services.ranking.projections import RankingState, apply_event, apply_signal, digest, drain_changes
from services.ranking.ranking_cache import RankingCache
from shared.log.events import DecodeError, Event, PostDecided, UserErased, decode
from shared.log.preview_records import decode_preview
from shared.log.signals import decode_signal
from shared.messaging.requests import RankFeed
from shared.testing import AT, decided, submitted
from tests.poison.decoded_facts import Survivor, history, survivors
from tests.poison.edge_values import EDGES, encoded, variants
from tests.poison.legal_documents import facts, preview_records, signals
from tests.replay.folding import FakeKeys, FoldedView, Place, Stored, Streams

pytestmark = pytest.mark.long

BATCH = 512
STREAMS = {name: StreamState("now", 2**40) for name in ("EVENTS", "SIGNALS")}


@pytest.fixture(scope="module")
def allowed() -> list[Survivor]:
    """The variants that the schemas allow."""
    return list(survivors())


def stored(events: Sequence[Event]) -> list[Stored]:
    """Return the messages of facts, numbered from 1."""
    return [Stored(event.subject, event.encode(), Place(number)) for number, event in enumerate(events, 1)]


def histories(allowed: Sequence[Survivor]) -> list[Event]:
    """Return all histories, without erasures: an erased author's posts would only be hidden."""
    return [event for one in allowed if not isinstance(one.event.data, UserErased) for event in history(one.event)]


@pytest.mark.parametrize("name", sorted(facts()))
def test_a_variant_is_refused_or_survives_storing(name: str) -> None:
    refused = 0
    for label, variant in variants(facts()[name]):
        try:
            event = decode(encoded(variant), 7)
        except DecodeError:
            refused += 1
            continue
        assert decode(event.encode(), 7, event.subject) == event, label
    assert refused > len(EDGES)


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"community": "a b"}},
        {"data": {"took_ms": "NaN"}},
        {"data": {"revision": 0}},
        {"data": {"revision": -5}},
        {"data": {"scores": {"spam": "Infinity"}}},
        {"actor": "user:x\nNats-Rollup: all"},
        {"event_id": "x" * 5000},
    ],
    ids=str,
)
def test_a_value_beyond_its_type_is_refused(fields: dict[str, dict[str, object]]) -> None:
    document = facts()["post.decided.v1"]
    document = document | fields | {"data": document["data"] | fields.get("data", {})}
    with pytest.raises(DecodeError):
        decode(encoded(document))


def test_a_fact_under_the_subject_of_another_is_refused() -> None:
    post = submitted()
    for subject in ("events.post.submitted.another", f"events.post.edited.{post.entity_id}"):
        with pytest.raises(DecodeError):
            decode(post.encode(), 1, subject)


async def test_a_view_folds_and_reads_every_allowed_value(allowed: list[Survivor], tmp_path: Path) -> None:
    view = FoldedView(tmp_path, FakeKeys())
    streams = Streams()
    streams.events = stored(histories(allowed))
    streams.register("ada", "ada")
    good = streams.publish("ada", "After all of that")
    for start in range(0, len(streams.events), BATCH):
        await view.take_events(streams.events[start : start + BATCH])
    view.take_signals([*vote_messages(), *stored_votes(good.entity_id)])
    post = view.posts.post(good.entity_id, None)
    assert post is not None
    assert post.votes.up == 1
    assert view.rows("SELECT count(*) FROM unreadable WHERE stream = 'EVENTS'") == [(0,)]
    for page in pages_of(view):
        orjson.dumps(page, default=lambda model: model.model_dump(mode="json"))
    view.close()


def pages_of(view: FoldedView) -> Iterator[object]:
    """Yield what every query of the view returns for every row."""
    for (post_id,) in view.rows("SELECT id FROM posts"):
        yield view.posts.post(post_id, None, moderator=True)
        yield [shown(fact) for fact in view.timeline.facts(post_id)]
    for (root_id,) in view.rows("SELECT DISTINCT root_id FROM posts WHERE root_id IS NOT NULL"):
        yield view.comments.comments(root_id, None)
    for (user_id,) in view.rows("SELECT id FROM users"):
        yield str(view.accounts.user_by_id(user_id))
    yield view.review.waiting(Reviewer("m", 3, None), 10_000)
    yield view.modlog.modlog(LogReader(), None, None, 10_000)
    yield [str(one) for one in view.stream.published_since(0, 10_000)]
    yield [str(one) for one in view.stream.taken_down_since(0, 10_000)]


def vote_messages() -> list[Stored]:
    """Return every variant of every signal, from sequence 1, under its own subject or the original one."""
    made: list[Stored] = []
    for document in signals().values():
        for _, variant in variants(document):
            subject = ".".join(["signals", *(str(variant.get(key)) for key in ("kind", "post_id", "user_id"))])
            made.append(Stored(subject, encoded(variant), Place(len(made) + 1)))
    return made


def stored_votes(post_id: str) -> list[Stored]:
    """Return one vote on a post, behind all others."""
    vote = {"kind": "vote", "post_id": post_id, "user_id": "ada", "value": 1, "occurred_at": "2026-01-02T03:04:05Z"}
    return [Stored(f"signals.vote.{post_id}.ada", orjson.dumps(vote), Place(1_000_000))]


async def test_ranking_folds_stores_and_orders_every_allowed_value(allowed: list[Survivor], tmp_path: Path) -> None:
    state = RankingState()
    good = submitted()
    chain = [*histories(allowed), good, decided(good)]
    for number, event in enumerate(chain, 1):
        apply_event(state, event.model_copy(update={"sequence": number}))
    for message in vote_messages():
        try:
            apply_signal(state, decode_signal(message.data, message.sequence.stream, message.subject))
        except DecodeError:
            continue
    checkpoint = Checkpoint(tmp_path / "ranking.sqlite")
    checkpoint.load(STREAMS)
    before = digest(state)
    checkpoint.write(drain_changes(state))
    again = checkpoint.load(STREAMS)
    checkpoint.close()
    assert digest(again) == before
    await every_page_is_finite(state)


async def every_page_is_finite(state: RankingState) -> None:
    """Read all feeds to their ends."""
    rankings = RankingCache(state)
    queries = FeedQueries(state, rankings, Personalization(state, rankings, None, None), AT.timestamp)  # type: ignore[arg-type]
    for sort in ("hot", "new", "top"):
        request = RankFeed(sort=sort, limit=50)
        while True:
            page = await queries.rank_feed(request)
            assert all(math.isfinite(item.score) for item in page.items)
            if page.next is None:
                break
            request = request.model_copy(update={"cursor": page.next})


def test_the_drift_view_folds_and_compares_every_allowed_value(allowed: list[Survivor], tmp_path: Path) -> None:
    store = DriftStore(tmp_path)
    decisions = [one.event for one in allowed if isinstance(one.event.data, PostDecided)]
    fold_decisions(store, stored(decisions), AT.timestamp())
    variants_of_records = [variant for document in preview_records().values() for _, variant in variants(document)]
    records = [Stored("previews.x", encoded(variant), Place(at)) for at, variant in enumerate(variants_of_records, 1)]
    fold_records(store, records, AT.timestamp())
    assert store.reached("PREVIEWS") == len(records)
    assert store.rows("SELECT 1 FROM previews")
    assert store.rows("SELECT 1 FROM decisions")
    drift_queries.drift(store, "month", "tier", AT)
    drift_queries.worth(store, "month", AT)
    store.close()


@pytest.mark.parametrize("name", sorted(preview_records()))
def test_a_preview_record_is_refused_or_survives_storing(name: str) -> None:
    refused = 0
    for label, variant in variants(preview_records()[name]):
        try:
            record = decode_preview(encoded(variant))
        except DecodeError:
            refused += 1
            continue
        assert decode_preview(record.encode()) == record, label
    assert refused > len(EDGES)
