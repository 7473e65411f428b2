"""The re-ranking of candidates, place by place, and the penalties that make the scores fit it."""

import numpy as np
import pytest

from services.ranking.domain import weights
from services.ranking.domain.diversity import CandidatesExhausted, Recent, Reranker, penalties


def reranked(
    authors: list[int], communities: list[int], places: int | None = None, recent: Recent = (), *, complete: bool = True
) -> list[int]:
    """Return the positions of the candidates in the order of the places."""
    reranker = Reranker(np.array(authors, dtype=np.int32), np.array(communities, dtype=np.int32), complete=complete)
    return list(map(int, reranker.rerank(len(authors) if places is None else places, recent)))


def test_two_of_a_kind_may_follow_each_other_and_a_third_waits() -> None:
    assert reranked([1, 1, 1, 2], [1, 2, 3, 4]) == [0, 1, 3, 2]
    assert reranked([1, 2, 3, 4], [1, 1, 1, 2]) == [0, 1, 3, 2]


def test_both_rules_hold_at_once_while_a_candidate_breaks_neither() -> None:
    assert reranked([1, 1, 1, 2, 3], [1, 1, 2, 1, 2]) == [0, 1, 4, 2, 3]


def test_the_rule_of_communities_is_kept_before_that_of_authors() -> None:
    assert reranked([1, 1, 1, 2], [1, 1, 2, 1]) == [0, 1, 2, 3]


def test_the_rule_of_authors_is_kept_if_no_other_community_is_left() -> None:
    assert reranked([1, 1, 1, 2], [1, 1, 1, 1]) == [0, 1, 3, 2]


def test_the_best_comes_next_if_nothing_else_is_left() -> None:
    assert reranked([1, 1, 1, 1], [1, 1, 1, 1]) == [0, 1, 2, 3]


def test_the_posts_above_the_first_place_count() -> None:
    assert reranked([1, 2], [5, 6], recent=((1, 8), (1, 9))) == [1, 0]
    assert reranked([3, 4], [5, 6], recent=((1, 5), (2, 5))) == [1, 0]
    assert reranked([1, 2], [5, 6], recent=((1, 8),)) == [0, 1]
    assert reranked([1, 2], [5, 6], recent=((2, 8), (1, 9))) == [0, 1]


def test_only_as_many_places_are_filled_as_there_are_candidates_or_places() -> None:
    assert reranked([1, 2, 3], [1, 2, 3], places=2) == [0, 1]
    assert reranked([1, 2, 3], [1, 2, 3], places=9) == [0, 1, 2]
    assert reranked([], []) == []
    assert reranked([1, 2], [1, 2], places=0) == []


def test_incomplete_candidates_are_extended_before_a_rule_is_broken() -> None:
    assert reranked([1, 1, 1], [1, 2, 3], places=2, complete=False) == [0, 1]
    with pytest.raises(CandidatesExhausted):
        reranked([1, 1, 1], [1, 2, 3], complete=False)


def test_an_alternative_far_below_is_found() -> None:
    far = 100
    assert reranked([1] * far + [2], list(range(far + 1)), places=4) == [0, 1, far, 2]
    assert reranked(list(range(far + 1)), [1] * far + [2], places=4) == [0, 1, far, 2]


def penalties_of(scores: list[float], keys: list[int], above: tuple[float, int] | None = None) -> list[float]:
    """Return the penalties in quanta."""
    start = None if above is None else (above[0] * weights.QUANTUM, (above[1], 0))
    found = penalties(np.array(scores) * weights.QUANTUM, [(key, 0) for key in keys], start)
    return list(map(float, found / weights.QUANTUM))


def test_places_that_are_sorted_already_cost_nothing() -> None:
    assert penalties_of([3, 2, 2, 1], [1, 5, 4, 9]) == [0, 0, 0, 0]


def test_a_post_that_was_moved_down_costs_just_enough_to_be_below() -> None:
    assert penalties_of([2, 5, 0], [1, 2, 3]) == [0, -4, 0]
    assert penalties_of([2, 5, 5], [1, 2, 3]) == [0, -4, -5]


def test_equal_scores_are_sorted_by_id() -> None:
    assert penalties_of([2, 2], [1, 2]) == [0, -1]
    assert penalties_of([2, 2], [2, 1]) == [0, 0]


def test_the_post_above_the_first_place_bounds_it() -> None:
    assert penalties_of([5], [1], above=(3, 9)) == [-3]
    assert penalties_of([3], [1], above=(3, 9)) == [0]
    assert penalties_of([3], [9], above=(3, 1)) == [-1]
