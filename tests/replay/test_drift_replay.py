"""Tests of the drift view: batches, undecodable messages, limits; and that previews do not affect the view (I8)."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.drift.drift_view import fold_decisions, fold_records
from services.gateway.drift.queries import drift
from services.gateway.drift.store import RETENTION_S, DriftStore
from services.gateway.drift.tables import CONTENT
from shared.ids import derived_id
from shared.log.events import Outcome, PostEdited, PostSubmitted, decode
from shared.log.preview_records import Preview, PreviewRecord, Stamp, Submission
from shared.testing import AT, decided, submitted
from tests.replay.folding import FoldedView, Place, Stored
from tests.replay.test_view_replay import Author, Step, histories

pytestmark = pytest.mark.long

PEOPLE = ("ada", "bob")
OUTCOMES: tuple[Outcome, ...] = ("published", "held", "rejected")
Passed = tuple[int, int, Outcome, Outcome]
NOW = AT.timestamp() + 60
sights = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 1), st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES)), max_size=30
)


def records(history: Sequence[Passed]) -> list[bytes]:
    """Return previews with the submissions that name them."""
    result = []
    for number, (post, person, verdict, _) in enumerate(history):
        preview_id, post_id = derived_id(number, "preview"), derived_id(1_700_000_000_000 + post, "post")
        stamp = Stamp(person_id=PEOPLE[person], at=AT + timedelta(seconds=number), arm="hybrid")
        seen = Preview(
            preview_id=preview_id, draft_id=post_id, tier=0, policy_digest="d" * 64, model="", content_hash="h",
            verdict=verdict, took_ms=1, at=AT,
        )  # fmt: skip
        sent = Submission(post_id=post_id, revision=1, sequence=post, preview_id=preview_id, content_hash="h")
        result += [PreviewRecord(stamped=stamp, claimed=seen), PreviewRecord(stamped=stamp, observed=sent)]
    return [record.encode() for record in result]


def decisions(history: Sequence[Passed]) -> list[bytes]:
    """Return one decision on each post."""
    by_post: dict[int, bytes] = {}
    for post, _, _, outcome in history:
        first = submitted(derived_id(1_700_000_000_000 + post, "post")).model_copy(update={"sequence": post})
        by_post.setdefault(post, decided(first, outcome).encode())
    return list(by_post.values())


def folded(
    store: DriftStore, told: Sequence[bytes], facts: Sequence[bytes], size: int = 512
) -> dict[str, list[tuple[object, ...]]]:
    """Fold in batches and return the rows."""
    for fold, messages in ((fold_records, told), (fold_decisions, facts)):
        stored = [Stored("", data, Place(place + 1)) for place, data in enumerate(messages)]
        for start in range(0, len(stored), size):
            fold(store, stored[start : start + size], NOW)
    return {table: sorted(tuple(row) for row in store.rows(f"SELECT * FROM {table}")) for table in CONTENT}


@settings(max_examples=60)
@given(history=sights, size=st.integers(1, 7))
def test_batches_and_repeats_make_no_difference(history: list[Passed], size: int) -> None:
    told, facts = records(history), decisions(history)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        whole, parts = DriftStore(Path(one)), DriftStore(Path(other))
        assert folded(whole, told, facts) == folded(parts, [*told, *told], [*facts, *facts], size)
        whole.close()
        parts.close()


@settings(max_examples=60)
@given(history=sights, junk=st.lists(st.binary(max_size=200) | st.sampled_from([b"null", b"[]", b"{}"]), max_size=10))
def test_undecodable_messages_do_not_stop_the_view(history: list[Passed], junk: list[bytes]) -> None:
    told, facts = records(history), decisions(history)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        clean, soiled = DriftStore(Path(one)), DriftStore(Path(other))
        assert folded(clean, told, facts) == folded(soiled, [*junk, *told, *junk], [*junk, *facts])
        clean.close()
        soiled.close()


@settings(max_examples=60)
@given(history=sights)
def test_counts_add_up(history: list[Passed]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DriftStore(Path(folder))
        folded(store, records(history), decisions(history))
        report = drift(store, "week", "tier", AT + timedelta(minutes=1), fewest=1)
        total = report.total
        assert report.submits == len({post for post, *_ in history})
        assert total.false_reassurance.of + total.false_alarm.of == total.agreement.of == total.decided
        assert report.without_preview.of == report.submits
        assert sum(group.distance.decided for group in report.groups) == total.decided
        store.close()


def test_the_view_holds_a_month_and_a_limited_number_of_rows(tmp_path: Path) -> None:
    store = DriftStore(tmp_path)
    folded(store, records([(number, 0, "held", "held") for number in range(50)]), [])
    store.prune(NOW, most_rows=20)
    assert [row[0] for row in store.rows("SELECT count(*) FROM previews")] == [20]
    assert store.row("SELECT max(at) AS last FROM submits", {})["last"] == (AT + timedelta(seconds=49)).timestamp()
    store.prune(NOW + RETENTION_S)
    assert {table: store.rows(f"SELECT count(*) FROM {table}")[0][0] for table in CONTENT} == dict.fromkeys(CONTENT, 0)
    store.close()


def test_a_recreated_stream_is_folded_from_the_start(tmp_path: Path) -> None:
    store = DriftStore(tmp_path)
    store.reset_if_recreated({"PREVIEWS": ("monday", 0), "EVENTS": ("monday", 0)})
    folded(store, records([(0, 0, "held", "held")]), [])
    store.reset_if_recreated({"PREVIEWS": ("monday", 2), "EVENTS": ("monday", 0)})
    assert store.reached("PREVIEWS") == 2
    store.reset_if_recreated(
        {"PREVIEWS": ("monday", 1), "EVENTS": ("monday", 0)}
    )  # the broker lost its last, unsynced messages
    assert (store.reached("PREVIEWS"), store.rows("SELECT * FROM previews")) == (0, [])
    store.close()


@settings(max_examples=30)
@given(history=histories, named=st.lists(st.text(max_size=40) | st.none(), min_size=1))
async def test_named_previews_do_not_change_the_view(history: list[Step], named: list[str | None]) -> None:
    author = Author()
    for step in history:
        author.step(*step)
    with tempfile.TemporaryDirectory() as folder:
        honest, forged = FoldedView(Path(folder) / "honest", author.keys), FoldedView(Path(folder) / "f", author.keys)
        await honest.take(author.log)
        for place, message in enumerate(author.log.events):
            author.log.events[place] = _naming(message, named[place % len(named)])
        await forged.take(author.log)
        assert honest.digest() == forged.digest()
        honest.close()
        forged.close()


def _naming(message: Stored, preview_id: str | None) -> Stored:
    """Return the same fact with another preview, or none."""
    event = decode(message.data, message.sequence.stream)
    if not isinstance(event.data, PostSubmitted | PostEdited):
        return message
    data = event.data.model_copy(update={"preview_id": preview_id})
    return Stored(message.subject, event.model_copy(update={"data": data}).encode(), message.sequence)
