"""Votes weigh the same in every view, in whatever order and batches they are folded: I5 for scores."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ranking.projections import RankingState, apply_event, apply_signal
from shared.log.events import decode
from shared.log.signals import decode_signal
from tests.faults.write_invariants import votes_counted
from tests.replay.folding import FoldedView, Streams

PEOPLE = ("ada", "ben", "cem", "dan", "eve", "fay")
votes = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(-1, 1), st.integers(0, 100)), min_size=1, max_size=40
)  # fmt: skip


def ranking_of(log: Streams) -> RankingState:
    """Fold ranking's state, signals first: facts and signals come in any order."""
    state = RankingState()
    for message in log.signals:
        apply_signal(state, decode_signal(message.data, message.sequence.stream, message.subject))
    for message in log.events:
        apply_event(state, decode(message.data, message.sequence.stream, message.subject))
    return state


@settings(max_examples=30)
@given(cast=votes, sizes=st.lists(st.integers(1, 7), min_size=1, max_size=4))
async def test_view_and_ranking_show_the_whole_votes_of_the_log(
    cast: list[tuple[str, int, int]], sizes: list[int]
) -> None:
    log = Streams()
    post_id = log.publish().entity_id
    with tempfile.TemporaryDirectory() as folder:
        view, rebuilt = FoldedView(Path(folder) / "live"), FoldedView(Path(folder) / "rebuilt")
        await view.take_events(log.events)
        for user_id, value, weight in cast:
            log.vote(post_id, user_id, value, weight)
            view.take_signals(log.signals)
        await rebuilt.take_in_batches(log, sizes)
        assert view.digest() == rebuilt.digest()
        shown = view.posts.posts([post_id], None)[post_id]
        answer = view.posts.votes(post_id, None)
        assert answer is not None
        assert answer.votes == shown.votes
        signals = [decode_signal(message.data) for message in log.signals]
        assert votes_counted(signals, {post_id: (shown.votes.up, shown.votes.down)}) == []
        state = ranking_of(log)
        row = state.columns.find(post_id)
        assert row is not None
        assert state.columns.get("votes", row) == shown.votes.score == shown.votes.up - shown.votes.down
        for one in (view, rebuilt):
            one.close()


@pytest.mark.parametrize("value", [1, -1])
async def test_nine_votes_of_a_tenth_show_nothing_and_ten_show_one(tmp_path: Path, value: int) -> None:
    log, view = Streams(), FoldedView(tmp_path)
    post_id = log.publish().entity_id
    await view.take_events(log.events)
    for number in range(10):
        assert view.posts.posts([post_id], None)[post_id].score == 0
        log.vote(post_id, f"new-{number}", value, 10)
        (change,) = view.take_signals(log.signals)
    assert view.posts.posts([post_id], None)[post_id].score == getattr(change, "score", 0) == value
    view.close()
