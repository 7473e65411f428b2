"""The ranking state: affinity, hidden posts, and the change sets of the checkpoint."""

import numpy as np
import pytest

from services.ranking.domain import affinity
from services.ranking.projections.fold import put_record, put_signal
from services.ranking.projections.ranking_state import (
    PostRecord,
    RankingState,
    ReaderSignal,
    StringTable,
    digest,
    drain_changes,
    mark_all_changed,
    restore_changes,
)
from shared.ids import ARCHIVE_AUTHOR_ID


def post(post_id: str, community: str = "garden", **fields: object) -> PostRecord:
    """Return a published, embedded post by ada."""
    whole = PostRecord(post_id, "ada", community, 5.0, "", 1, 7, 1, 0, 0, 7)
    return whole._replace(**fields)  # type: ignore[arg-type]


def state_of(*records: PostRecord) -> RankingState:
    """Return a state with these posts."""
    state = RankingState()
    for record in records:
        put_record(state, record)
    return state


def test_strings_get_numbers_in_order_and_keep_them() -> None:
    table = StringTable()
    assert [table.intern(text) for text in ("a", "b", "a")] == [0, 1, 0]
    assert (table.find("b"), table.find("c"), table.strings) == (1, None, ["a", "b"])


def test_an_empty_state_knows_only_the_author_of_imports_without_one() -> None:
    state = RankingState()
    assert state.authors.strings == [ARCHIVE_AUTHOR_ID]
    assert state.last_applied == {"EVENTS": 0, "SIGNALS": 0}
    assert (state.listing_changes, state.count_changes) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "value", "points"), [("vote", 1, 1.0), ("vote", -1, -1.0), ("read", 1, 0.25), ("less", 1, -3.0)]
)
def test_signals_move_the_affinity_for_the_posts_community(kind: str, value: int, points: float) -> None:
    state = state_of(post("p1"), post("p2", "sea"))
    put_signal(state, ReaderSignal("ben", kind, "p2", value))  # type: ignore[arg-type]
    assert state.affinity("ben").tolist() == affinity(np.array([0.0, points])).tolist()
    assert state.affinity("cem").tolist() == [0.0, 0.0]


def test_signals_of_one_community_add_up_and_unknown_posts_do_not_count() -> None:
    state = state_of(post("p1"), post("p2"))
    for post_id in ("p1", "p2", "unknown"):
        put_signal(state, ReaderSignal("ben", "vote", post_id, 1))
    assert state.affinity("ben").tolist() == affinity(np.array([2.0])).tolist()


def test_ones_own_published_posts_count_for_their_community() -> None:
    state = state_of(post("p1"), post("p2", "sea"), post("p3", "sea"), post("p4", "hill", published=0, listed=0))
    assert state.affinity("ada").tolist() == affinity(np.array([2.0, 4.0, 0.0])).tolist()
    assert state.affinity("ben").tolist() == [0.0, 0.0, 0.0]


def test_posts_to_see_less_of_are_hidden_for_their_reader_only() -> None:
    state = state_of(post("p1"), post("p2"))
    put_signal(state, ReaderSignal("ben", "less", "p2", 1))
    put_signal(state, ReaderSignal("ben", "vote", "p1", 1))
    assert (state.hidden("ben"), state.hidden("cem")) == ([1], [])


def test_posts_that_a_reader_has_voted_on_or_read_count_as_seen() -> None:
    state = state_of(post("p1"), post("p2"), post("p3"))
    for post_id, kind in (("p1", "vote"), ("p2", "less"), ("p3", "read")):
        put_signal(state, ReaderSignal("ben", kind, post_id, 1))  # type: ignore[arg-type]
    assert (state.seen("ben"), state.seen("cem")) == ([0, 2], [])


def test_a_post_counts_as_listed_from_its_sequence_on() -> None:
    state = state_of(post("p1"), post("p2", published=0, listed=0))
    assert [state.is_listed(0, sequence) for sequence in (6, 7, 8)] == [False, True, True]
    assert not state.is_listed(1, 100)


def test_changes_are_drained_once_and_come_back_if_they_could_not_be_written() -> None:
    state = state_of(post("p1"), post("p2", root_id="p1", listed=-7))
    put_signal(state, ReaderSignal("ben", "vote", "p1", 1))
    put_signal(state, ReaderSignal("ben", "read", "p2", 1))
    put_signal(state, ReaderSignal("ben", "read", "p2", 0))
    state.erased.add("cem")
    state.new_by_moderators |= {"b", "a"}
    changes = drain_changes(state)
    assert sorted(changes.posts) == sorted(state.records())
    assert sorted(changes.signals) == [ReaderSignal("ben", "read", "p2", 0), ReaderSignal("ben", "vote", "p1", 1)]
    assert (changes.erased, changes.by_moderators) == (["cem"], ["a", "b"])
    assert changes.last_applied == {"EVENTS": 0, "SIGNALS": 0}
    assert changes.last_applied is not state.last_applied
    empty = drain_changes(state)
    assert (empty.posts, empty.signals, empty.by_moderators) == ([], [], [])
    state.new_by_moderators.add("c")
    restore_changes(state, changes)
    again = drain_changes(state)
    assert sorted(again.posts) == sorted(changes.posts)
    assert sorted(again.signals) == sorted(changes.signals)
    assert again.by_moderators == ["a", "b", "c"]


def test_restored_changes_are_added_to_newer_ones() -> None:
    state = state_of(post("p1"))
    put_signal(state, ReaderSignal("ben", "vote", "p1", 1))
    changes = drain_changes(state)
    put_record(state, post("p2"))
    put_signal(state, ReaderSignal("cem", "vote", "p1", 1))
    restore_changes(state, changes)
    again = drain_changes(state)
    assert {record.post_id for record in again.posts} == {"p1", "p2"}
    assert {signal.user_id for signal in again.signals} == {"ben", "cem"}


def test_everything_can_be_marked_as_changed() -> None:
    state = state_of(post("p1"), post("p2"))
    put_signal(state, ReaderSignal("ben", "vote", "p1", 1))
    whole = drain_changes(state)
    put_signal(state, ReaderSignal("ben", "vote", "p2", 0))
    mark_all_changed(state)
    marked = drain_changes(state)
    assert sorted(marked.posts) == sorted(whole.posts)
    assert {(signal.post_id, signal.value) for signal in marked.signals} == {("p1", 1), ("p2", 0)}


def test_the_digest_covers_votes_replies_signals_and_erasures() -> None:
    seen = {digest(RankingState())}
    state = state_of(post("p1"))
    seen.add(digest(state))
    put_signal(state, ReaderSignal("ben", "vote", "p1", 1))
    seen.add(digest(state))
    put_signal(state, ReaderSignal("ben", "read", "p1", 1))
    seen.add(digest(state))
    put_record(state, post("p2", root_id="p1"))
    seen.add(digest(state))
    state.erased.add("cem")
    seen.add(digest(state))
    assert len(seen) == 6


def test_the_digest_does_not_depend_on_the_order_of_rows() -> None:
    assert digest(state_of(post("p1"), post("p2"))) == digest(state_of(post("p2"), post("p1")))
