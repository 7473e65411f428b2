"""Tests of confidence intervals, against published values and by simulation."""

import random

import pytest

from services.gateway.drift.intervals import FEWEST_PEOPLE, Ratio, difference, interval, wilson
from services.gateway.drift.preview_accuracy import share

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_equals_published_values(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_undefined_and_few_cases_are_not_enough() -> None:
    assert share(0, 0).share is None
    assert not share(0, 5).enough
    assert share(0, 10).enough
    assert not share(5, 10).enough


def drawn(chance: random.Random, people: int, rate: float) -> Ratio:
    """Simulate people with 1 to 20 posts each, where the rate varies by person and not by post."""
    ratio = Ratio()
    for _ in range(people):
        posts = chance.randint(1, 20)
        own = chance.betavariate(2 * rate, 2 * (1 - rate))
        ratio.add(sum(chance.random() < own for _ in range(posts)), posts)
    return ratio


def test_95_percent_of_intervals_over_people_contain_the_true_ratio() -> None:
    chance = random.Random(20261123)
    trials, held = 400, 0
    for _ in range(trials):
        low, high = interval(drawn(chance, 200, 0.2), 0.95) or (1.0, 0.0)
        held += low <= 0.2 <= high
    assert 0.91 <= held / trials <= 0.985  # three standard errors of a share of 400 around 0.95


def test_intervals_over_posts_would_contain_it_far_less_often() -> None:
    chance = random.Random(20261123)
    trials, held = 400, 0
    for _ in range(trials):
        ratio = drawn(chance, 200, 0.2)
        low, high = wilson(round(ratio.y), round(ratio.x))
        held += low <= 0.2 <= high
    assert held / trials < 0.8


def test_equal_groups_rarely_show_a_difference() -> None:
    chance = random.Random(7)
    trials, said = 300, 0
    for _ in range(trials):
        _, low, high = difference(drawn(chance, 100, 0.2), drawn(chance, 100, 0.2), 0.95) or (0, 0, 0)
        said += not low <= 0 <= high
    assert said / trials < 0.09


def test_too_few_people_give_no_interval() -> None:
    chance = random.Random(7)
    few, many = drawn(chance, FEWEST_PEOPLE - 1, 0.2), drawn(chance, 100, 0.2)
    assert interval(few, 0.95) is None
    assert difference(few, many, 0.95) is None
    assert difference(many, drawn(chance, FEWEST_PEOPLE, 0.2), 0.95) is not None
