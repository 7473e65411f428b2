"""Which posts belong to a feed, and where a page continues."""

import numpy as np
import pytest

from services.ranking.domain import AsOf, FeedQuery, Posts, Preferences, Ranking, extend, place_below, rank, weights
from services.ranking.domain.feed_order import _above, _distinct_authors, best_first
from services.ranking.domain.ranking_inputs import HOUR, select
from services.ranking.domain.score import VARIETY

NOW = 1_000_000.0


def posts_of(ids: list[tuple[int, int]], **columns: list[float]) -> Posts:
    """Return posts by the halves of their ids. Every other column is 1 unless it is given."""
    count = len(ids)
    given = {
        "id_high": [high for high, _ in ids],
        "id_low": [low for _, low in ids],
        **{name: [1] * count for name in ("author", "community", "listed", "votes", "replies")},
        "created": [NOW] * count,
        **columns,
    }
    kinds = {"id_high": np.uint64, "id_low": np.uint64, "created": np.float64, "listed": np.int64, "votes": np.int64}
    return Posts(**{name: np.array(values, kinds.get(name, np.int32)) for name, values in given.items()})  # type: ignore[arg-type]


def test_a_page_continues_below_the_last_score_and_id() -> None:
    places = [(score, high, low) for score in (3.0, 2.0, 1.0) for high in (9, 5, 2) for low in (8, 5, 1)]
    posts = posts_of([(high, low) for _, high, low in places])
    parts = np.zeros((7, len(places)))
    parts[0] = [score for score, _, _ in places]
    ranking = Ranking(AsOf(1, NOW), np.arange(len(places)), parts, complete=True)
    lasts = [(score, high, low) for score in (0.5, 1.0, 2.0, 2.5, 4.0) for high in range(11) for low in range(10)]
    for last in lasts:
        expected = sum(place >= last for place in places)
        assert place_below(ranking, posts, last[0], (last[1], last[2])) == expected, last


def test_posts_without_an_author_count_as_posts_of_different_authors() -> None:
    posts = posts_of(
        [(1, number) for number in range(7)], author=[0, 0, 0, 1, 0, 2, 0], community=[1, 2, 3, 4, 5, 6, 7]
    )
    authors = _distinct_authors(posts.author, np.arange(7))
    assert len(set(authors.tolist())) == 7
    assert authors[[3, 5]].tolist() == [1, 2]
    assert authors.dtype == np.int32


@pytest.mark.parametrize(("community", "expected"), [(None, (8, 9)), (8, (-1, -2))])
def test_within_one_community_its_posts_are_no_run(community: int | None, expected: tuple[int, ...]) -> None:
    posts = posts_of([(1, 0), (1, 1)], author=[1, 2], community=[8, 9])
    shown = Ranking(AsOf(1, NOW), np.arange(2), np.zeros((7, 2)), complete=True)
    above = _above(shown, posts, FeedQuery("hot", community=community))
    assert (above.authors, above.communities, above.in_block) == ((1, 2), expected, None)


def test_a_page_of_a_reader_continues_the_block_that_the_page_before_began() -> None:
    count = 2 * weights.BLOCK + 3
    posts = posts_of([(1, number) for number in range(count)], community=[number % 7 for number in range(count)])
    shown = Ranking(AsOf(1, NOW), np.arange(count), np.zeros((7, count)), complete=True)
    above = _above(shown, posts, FeedQuery("for_you"))
    assert (above.communities, above.in_block) == ((5, 6, 0), 3)
    assert _above(shown, posts, FeedQuery("for_you", community=1)).in_block is None


@pytest.mark.parametrize("sort", ["top", "new"])
def test_a_window_takes_no_post_that_is_not_listed_or_of_another_community(sort: str) -> None:
    ages = [0, 0, 0, HOUR, HOUR + 1]
    posts = posts_of(
        [(1, number) for number in range(5)],
        listed=[0, 9, 1, 1, 1],
        community=[1, 1, 2, 1, 1],
        created=[NOW - age for age in ages],
    )
    query = FeedQuery(sort, "hour", community=1)  # type: ignore[arg-type]
    assert select(posts, query, AsOf(5, NOW)).tolist() == ([3] if sort == "top" else [3, 4])


def test_what_a_reader_refuses_adds_nothing_that_is_not_listed() -> None:
    posts = posts_of([(1, number) for number in range(3)], listed=[0, 1, 1], author=[3, 4, 5], community=[6, 7, 8])
    for reader in (Preferences(hidden_authors=(4,)), Preferences(hidden_communities=(7,))):
        assert select(posts, FeedQuery("hot"), AsOf(1, NOW), reader).tolist() == [2]


def test_a_post_without_an_age_is_in_the_window_of_all() -> None:
    posts = posts_of([(1, 1)], created=[-np.inf])
    assert select(posts, FeedQuery("top", "all"), AsOf(1, np.inf)).tolist() == [0]


def test_only_what_is_asked_for_is_sorted() -> None:
    posts, scores = posts_of([(1, number) for number in range(4)]), np.array([1.0, 4.0, 3.0, 4.0])
    rows = np.arange(4)
    assert [best_first(scores, posts, rows, count).tolist() for count in (1, 3, 4, 0)] == [
        [3, 1],
        [3, 1, 2],
        [3, 1, 2, 0],
        [3, 1, 2, 0],
    ]


RISEN = {"votes": [999, 99, 9, 0, 0], "author": [1, 2, 3, 4, 5], "community": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize(("votes", "low"), [(9999, 0), (9, 8), (9, 6), (9, 0)])
def test_a_post_that_has_risen_is_placed_below_what_was_shown_and_sorted_there(votes: int, low: int) -> None:
    ids = [(1, 9), (1, 3), (1, 7), (1, low), (1, 1)]
    posts = posts_of(ids, replies=[0] * 5, **RISEN)  # type: ignore[arg-type]
    query, as_of = FeedQuery("hot"), AsOf(1, NOW)
    shown = rank(posts, query, as_of, None, 3)
    assert (shown.rows.tolist(), shown.complete) == ([0, 1, 2], False)
    posts.votes[3] = votes
    after = extend(shown, posts, query, None, 5)
    assert after.rows.tolist() == [0, 1, 2, 3, 4]
    places = list(zip(after.scores.tolist(), [ids[row] for row in after.rows], strict=True))
    assert places == sorted(places, reverse=True)
    assert (after.parts[VARIETY][3] < 0) == (votes > 9 or low > 7)
    assert extend(shown, posts, query, None, 4).rows.tolist() == [0, 1, 2, 3]
    assert extend(shown, posts, query, None, 3).rows.tolist() == [0, 1, 2]


def test_only_the_feed_for_a_reader_leaves_out_what_they_refuse() -> None:
    posts, reader = posts_of([(1, 0), (1, 1)], author=[1, 2]), Preferences(hidden=np.array([1]))
    found = {sort: set(rank(posts, FeedQuery(sort), AsOf(1, NOW), reader, 2).rows) for sort in ("for_you", "hot")}
    assert found == {"for_you": {0}, "hot": {0, 1}}
