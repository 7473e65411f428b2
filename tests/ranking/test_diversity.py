"""The re-ranking of candidates, place by place, and the penalties that make the scores fit it."""

import numpy as np
import pytest

from services.ranking.domain import weights
from services.ranking.domain.diversity import Above, CandidatesExhausted, Excluded, Exclusion, Reranker, penalties
from services.ranking.domain.ranking_inputs import Ints


def reranked(
    authors: list[int],
    communities: list[int],
    places: int | None = None,
    above: Above = Above(),  # noqa: B008 - it is immutable
    *,
    complete: bool = True,
) -> list[int]:
    """Return the positions of the candidates in the order of the places."""
    reranker = Reranker(np.array(authors, dtype=np.int32), np.array(communities, dtype=np.int32), complete=complete)
    return list(map(int, reranker.rerank(len(authors) if places is None else places, above)))


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
    assert reranked([1, 2], [5, 6], above=Above((1, 1), (8, 9))) == [1, 0]
    assert reranked([3, 4], [5, 6], above=Above((1, 2), (5, 5))) == [1, 0]
    assert reranked([1, 2], [5, 6], above=Above((1,), (8,))) == [0, 1]
    assert reranked([1, 2], [5, 6], above=Above((2, 1), (8, 9))) == [0, 1]


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


def test_the_rules_that_are_given_up_first_are_those_of_authors_then_those_of_blocks_then_those_of_runs() -> None:
    run, repeated, both = frozenset({1}), frozenset({2}), frozenset({1, 2})
    assert list(Excluded(9, run, repeated).relaxations()) == [
        (9, both),
        (None, both),
        (9, run),
        (None, run),
        (9, frozenset()),
    ]
    assert list(Excluded(None, run, frozenset()).relaxations()) == [(None, run)]
    assert list(Excluded(None, frozenset(), frozenset()).relaxations()) == []


class CountingReranker(Reranker):
    """Counts the searches for an alternative."""

    searches = 0

    def _allowed(self, candidates: slice, exclusion: Exclusion) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        self.searches += 1
        return super()._allowed(candidates, exclusion)


def test_an_alternative_that_does_not_exist_is_searched_only_once() -> None:
    few, many = (CountingReranker(*columns_of_one(size), complete=True) for size in (10, 60))
    few.rerank(10, Above())
    many.rerank(60, Above())
    assert few.searches == many.searches


def columns_of_one(size: int) -> tuple[Ints, Ints]:
    """Return the authors and communities of posts by one author in one community."""
    return np.ones(size, dtype=np.int32), np.ones(size, dtype=np.int32)


IN_BLOCKS = Above(in_block=0)


def communities_of_block(communities: list[int], places: int = weights.BLOCK, above: Above = IN_BLOCKS) -> list[int]:
    """Return the communities of the first places, for candidates by authors who write once."""
    order = reranked(list(range(len(communities))), communities, places=places, above=above)
    return [communities[position] for position in order]


def test_a_block_has_enough_communities_even_if_the_best_are_all_of_one() -> None:
    best = [0] * 100
    for others in (9, 30):
        shown = communities_of_block(best + list(range(1, others + 1)))
        assert len(set(shown)) == weights.DISTINCT
        assert shown[:3] == [0, 0, 1], "the best ones stay as high as the other rules let them"
    assert len(set(communities_of_block([0] * 40 + [1] * 40 + list(range(2, 30))))) == weights.DISTINCT


def test_each_block_begins_with_all_communities_allowed() -> None:
    communities = communities_of_block([0] * 100 + list(range(1, 60)), places=3 * weights.BLOCK)
    for start in range(0, 3 * weights.BLOCK, weights.BLOCK):
        assert len(set(communities[start : start + weights.BLOCK])) >= weights.DISTINCT
        assert 0 in communities[start : start + 3]


def test_a_block_that_began_above_is_finished() -> None:
    whole = communities_of_block([0] * 100 + list(range(1, 30)))
    shown = 13
    above = Above(tuple(range(900, 900 + shown)), tuple(whole[:shown]), in_block=shown)
    left = [0] * (100 - whole[:shown].count(0)) + [one for one in range(1, 30) if one not in whole[:shown]]
    assert communities_of_block(left, places=weights.BLOCK - shown, above=above) == whole[shown:]


def test_a_block_of_few_communities_is_filled_all_the_same() -> None:
    communities = communities_of_block([0] * 30 + [1] * 5)
    assert len(communities) == weights.BLOCK
    assert communities.count(1) == 5, "runs are still kept short"


def test_without_blocks_only_runs_matter() -> None:
    assert len(set(communities_of_block([0] * 100 + list(range(1, 30)), above=Above()))) < weights.DISTINCT


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
