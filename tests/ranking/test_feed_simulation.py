"""The simulation that measures the weights, on few made-up posts with made-up vectors."""

import numpy as np
import pytest

from services.ranking.domain import weights
from tests.bench.feeds.__main__ import NOW, measure_orders, times
from tests.bench.feeds.measures import DAY_S, PLACES, interval, ndcg
from tests.bench.feeds.readers import PostedTexts, make_readers

COMMUNITIES = ("baking", "cooking", "recipes", "tea", "linux", "python", "webdev", "apple", "hiking", "running", "nba",
               "camping", "chess", "gaming", "rpg", "minecraft")  # fmt: skip
EACH = 30


def made_posts(span_s: float) -> tuple[PostedTexts, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """Return posts of each community in turn, with vectors near to that of the community."""
    chance = np.random.default_rng(1)
    centres = chance.normal(size=(len(COMMUNITIES), 32))
    rows = np.arange(EACH * len(COMMUNITIES))
    vectors = centres[rows % len(COMMUNITIES)] + chance.normal(scale=0.7, size=(rows.size, 32))
    names = np.array(COMMUNITIES)[rows % len(COMMUNITIES)]
    texts = [f"Every {name} needs a recipe and a meal" for name in names]
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return PostedTexts(names, texts, times(rows.size, span_s)), unit


@pytest.mark.parametrize("span_s", [0.0, 365 * DAY_S])
async def test_readers_find_what_they_like_among_ten_communities(span_s: float) -> None:
    posts, vectors = made_posts(span_s)
    readers = make_readers(posts, 4, half=0)
    found = await measure_orders(posts, vectors, [5] * len(posts.texts), readers)
    assert {order: len(measured) for order, measured in found.items()} == dict.fromkeys(found, len(readers))
    liked, hot = (np.mean([one.ndcg for one in found[order]]) for order in ("for_you", "hot"))
    assert liked > 0.5 > 2 * hot
    assert min(one.communities for one in found["for_you"]) >= weights.DISTINCT


def test_the_measures_are_those_of_their_definitions() -> None:
    assert [ndcg([1.0] * PLACES, PLACES), ndcg([1.0, 0.0], 1)] == pytest.approx([1.0, 1.0])
    assert ndcg([0.0, 1.0], 1) == pytest.approx(1 / np.log2(3))
    assert ndcg([0.0] * PLACES, 0) == 0.0
    mean, low, high = interval([0.0, 1.0] * 50)
    assert low < mean == 0.5 < high
    assert times(3, 10.0).tolist() == pytest.approx([NOW - 10 * 2 / 3, NOW - 10 / 3, NOW])
