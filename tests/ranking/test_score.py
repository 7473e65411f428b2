"""The parts of the score, computed here by hand for single posts."""

import math
from uuid import UUID

import numpy as np
import pytest

from services.ranking.domain import weights
from services.ranking.domain.ranking_inputs import WINDOWS, AsOf, FeedQuery, Posts, Preferences, id_key, select
from services.ranking.domain.score import PARTS, affinity, score_parts, total
from shared.messaging.requests import Sort

NOW = 1_000_000.0


def posts(**columns: list[float]) -> Posts:
    """Return posts with these columns; the others are zero, and every post is listed."""
    size = len(next(iter(columns.values())))
    defaults = {name: [0.0] * size for name in Posts.__slots__} | {"listed": [1.0] * size, "created": [NOW] * size}
    whole = {
        "created": np.float64,
        "id_high": np.uint64,
        "id_low": np.uint64,
        "author": np.int32,
        "community": np.int32,
    }
    values = {name: np.array(column, dtype=whole.get(name, np.int64)) for name, column in (defaults | columns).items()}
    return Posts(**values)


def parts_of(table: Posts, sort: Sort, reader: Preferences | None = None) -> dict[str, list[float]]:
    """Return name → the part of every post, rounded."""
    rows = np.arange(table.created.size)
    found = score_parts(table, rows, sort, NOW, reader)
    return {
        name: [round(float(value), 5) for value in part] for name, part in zip(PARTS, found, strict=True) if part.any()
    }


def test_an_age_of_half_a_day_costs_one_point_and_the_future_costs_nothing() -> None:
    table = posts(created=[NOW, NOW - weights.SECONDS_PER_POINT, NOW + 1000])
    assert parts_of(table, "new") == {"freshness": [0.0, -1.0, 0.0]}


def test_votes_and_replies_count_by_factors_of_ten() -> None:
    table = posts(votes=[0, 9, -99], replies=[9, 99, 0])
    assert parts_of(table, "hot") == {"votes": [0.0, 1.0, -2.0], "discussion": [0.5, 1.0, 0.0]}


def test_top_counts_votes_and_new_counts_age_alone() -> None:
    table = posts(votes=[9], replies=[9], created=[NOW - weights.SECONDS_PER_POINT])
    assert parts_of(table, "top") == {"votes": [1.0]}
    assert parts_of(table, "new") == {"freshness": [-1.0]}


def test_similar_posts_and_liked_communities_move_up_for_their_reader() -> None:
    table = posts(community=[0, 1, 2])
    reader = Preferences(
        affinity=np.array([0.5, -0.25]),
        similar_rows=np.array([0, 2]),
        similarity=np.array([0.5, -0.5]),
    )
    assert parts_of(table, "for_you", reader) == {
        "taste": [0.5 * weights.TASTE, 0.0, 0.0],
        "community": [0.5, -0.25, 0.0],
    }
    assert parts_of(table, "hot", reader) == {}
    assert parts_of(table, "for_you") == {}


def test_no_part_is_a_negative_zero() -> None:
    found = score_parts(posts(votes=[0]), np.array([0]), "hot", NOW, None)
    assert not np.signbit(found).any()
    assert found.shape == (7, 1)


def test_every_part_is_a_multiple_of_the_quantum_and_the_total_is_their_sum() -> None:
    found = score_parts(posts(votes=[3, 7], replies=[5, 1], created=[1.1, 2.2]), np.array([0, 1]), "hot", NOW, None)
    assert (found / weights.QUANTUM == np.rint(found / weights.QUANTUM)).all()
    assert total(found).tolist() == found.sum(axis=0).tolist()
    assert found[1].tolist() == pytest.approx([math.log10(4), math.log10(8)], abs=weights.QUANTUM)


def test_affinity_is_steepest_near_zero_and_bounded() -> None:
    found = affinity(np.array([0.0, 6.0, -6.0, 1000.0]))
    most = weights.COMMUNITY
    assert found.tolist() == pytest.approx([0.0, most * math.tanh(1), -most * math.tanh(1), most])


def test_a_feed_has_the_posts_listed_up_to_its_moment() -> None:
    table = posts(listed=[0, -5, 3, 7, 8])
    assert select(table, FeedQuery("hot"), AsOf(7, NOW)).tolist() == [2, 3]


def test_a_feed_leaves_out_other_communities_and_hidden_posts() -> None:
    table = posts(community=[1, 2, 1])
    assert select(table, FeedQuery("hot", community=1), AsOf(7, NOW)).tolist() == [0, 2]
    assert select(table, FeedQuery("hot"), AsOf(7, NOW), Preferences(hidden=np.array([1]))).tolist() == [0, 2]


def test_only_top_has_a_window_and_a_post_as_old_as_it_is_inside() -> None:
    hour = WINDOWS["hour"]
    table = posts(created=[NOW, NOW - hour, NOW - hour - 1])
    assert select(table, FeedQuery("top", "hour"), AsOf(7, NOW)).tolist() == [0, 1]
    assert select(table, FeedQuery("top", "all"), AsOf(7, NOW)).tolist() == [0, 1, 2]
    assert select(table, FeedQuery("new", "hour"), AsOf(7, NOW)).tolist() == [0, 1, 2]


def test_a_key_is_the_two_halves_of_the_id_and_sorts_like_it() -> None:
    post_id = "00000000-0000-0001-0000-000000000002"
    assert id_key(post_id) == (1, 2)
    assert id_key(str(UUID(int=2**128 - 1))) == (2**64 - 1, 2**64 - 1)
    assert posts(id_high=[5], id_low=[6]).key(0) == (5, 6)


def test_another_text_is_hashed_to_a_key() -> None:
    high, low = id_key("post-1")
    assert (high, low) == id_key("post-1") != id_key("post-2")
    assert 0 <= high < 2**64
    assert 0 <= low < 2**64


def test_a_reader_without_preferences_has_empty_columns() -> None:
    reader = Preferences()
    assert [reader.affinity.size, reader.similar_rows.size, reader.similarity.size, reader.hidden.size] == [0] * 4
