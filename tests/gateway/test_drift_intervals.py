"""Intervals hold what they promise: against published values, and by drawing."""

import random

import pytest

from services.gateway.drift.distance import share
from services.gateway.drift.intervals import FEWEST_PEOPLE, Ratio, difference, interval, wilson

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
def test_the_interval_of_a_share_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_has_no_share_and_few_cases_are_said_to_be_few() -> None:
    assert share(0, 0).share is None
    assert not share(0, 5).enough
    assert share(0, 10).enough
    assert not share(5, 10).enough


def drawn(chance: random.Random, people: int, rate: float) -> Ratio:
    """People who write one to twenty posts each; whole people are careless or careful, not single posts."""
    ratio = Ratio()
    for _ in range(people):
        posts = chance.randint(1, 20)
        own = chance.betavariate(2 * rate, 2 * (1 - rate))
        ratio.add(sum(chance.random() < own for _ in range(posts)), posts)
    return ratio


def test_nineteen_of_twenty_intervals_over_people_hold_the_truth() -> None:
    chance = random.Random(20261123)
    trials, held = 400, 0
    for _ in range(trials):
        low, high = interval(drawn(chance, 200, 0.2), 0.95) or (1.0, 0.0)
        held += low <= 0.2 <= high
    assert 0.91 <= held / trials <= 0.985  # three standard errors of a share of 400 around 0.95


def test_intervals_that_take_every_post_for_a_new_person_would_hold_it_far_less_often() -> None:
    chance = random.Random(20261123)
    trials, held = 400, 0
    for _ in range(trials):
        ratio = drawn(chance, 200, 0.2)
        low, high = wilson(round(ratio.y), round(ratio.x))
        held += low <= 0.2 <= high
    assert held / trials < 0.8


def test_sides_that_do_not_differ_are_rarely_said_to() -> None:
    chance = random.Random(7)
    trials, said = 300, 0
    for _ in range(trials):
        _, low, high = difference(drawn(chance, 100, 0.2), drawn(chance, 100, 0.2), 0.95) or (0, 0, 0)
        said += not low <= 0 <= high
    assert said / trials < 0.09


def test_with_too_few_people_nothing_is_said() -> None:
    chance = random.Random(7)
    few, many = drawn(chance, FEWEST_PEOPLE - 1, 0.2), drawn(chance, 100, 0.2)
    assert interval(few, 0.95) is None
    assert difference(few, many, 0.95) is None
    assert difference(many, drawn(chance, FEWEST_PEOPLE, 0.2), 0.95) is not None
