"""The bands of scores: what a client may say about a score without knowing the thresholds."""

from dataclasses import dataclass

import pytest

from shared.policy.threshold_bands import FlaggedCategory, band_of, flagged_categories


@dataclass
class Category:
    """A category with its public bands."""

    id: str
    hold_band: int | None
    reject_band: int | None
    reject_any_harm_band: int | None = None
    support_band: int | None = None


@pytest.mark.parametrize(
    ("score", "band"), [(0.0, 0), (0.099, 0), (0.1, 1), (0.55, 5), (0.999, 9), (1.0, 9), (-0.5, 0), (1.5, 9)]
)
def test_a_band_is_a_tenth_of_the_scale(score: float, band: int) -> None:
    assert band_of(score) == band


@pytest.mark.parametrize(
    ("score", "outcome", "near"),
    [(0.45, "held", True), (0.55, "held", False), (0.75, "rejected", True), (0.85, "rejected", False)],
)
def test_a_score_is_flagged_from_the_thresholds_tenth_on(score: float, outcome: str, near: bool) -> None:
    flags = flagged_categories([Category("spam", 4, 7)], {"spam": score})
    assert [(flag.category, flag.outcome, flag.near) for flag in flags] == [("spam", outcome, near)]


def test_a_score_below_every_threshold_is_not_flagged() -> None:
    assert flagged_categories([Category("spam", 4, 7)], {"spam": 0.39}) == []


def test_a_category_that_is_never_rejected_is_held_at_most() -> None:
    assert flagged_categories([Category("self_harm", 4, None)], {"self_harm": 1.0}) == [
        FlaggedCategory("self_harm", "held", near=False)
    ]


def test_a_category_without_a_score_is_left_out_and_the_others_stay() -> None:
    categories = [Category("hate", 0, 1), Category("spam", 0, 1)]
    assert [flag.category for flag in flagged_categories(categories, {"spam": 1.0})] == ["spam"]


def test_the_most_severe_and_certain_comes_first_and_then_the_name() -> None:
    categories = [Category(name, 4, 8) for name in ("z_held", "b_near", "a_near", "z_rejected", "y_rejected_near")]
    scores = {"z_held": 0.5, "b_near": 0.4, "a_near": 0.4, "z_rejected": 0.9, "y_rejected_near": 0.8}
    assert [flag.category for flag in flagged_categories(categories, scores)] == [
        "z_rejected",
        "y_rejected_near",
        "z_held",
        "a_near",
        "b_near",
    ]


@pytest.mark.parametrize(
    ("score", "flags"),
    [(0.19, []), (0.25, [("published", True)]), (0.35, [("published", False)]), (0.5, [("held", False)])],
)
def test_a_score_below_the_hold_may_offer_help(score: float, flags: list[tuple[str, bool]]) -> None:
    found = flagged_categories([Category("self_harm", 4, None, support_band=2)], {"self_harm": score})
    assert [(flag.outcome, flag.near) for flag in found] == flags


@pytest.mark.parametrize(
    ("any_harm", "flag"), [(0.59, ("held", False)), (0.65, ("rejected", True)), (0.75, ("rejected", False))]
)
def test_a_rejection_may_need_the_overall_score_too(any_harm: float, flag: tuple[str, bool]) -> None:
    category = Category("harassment", 4, 8, reject_any_harm_band=6)
    (found,) = flagged_categories([category], {"harassment": 0.95, "any_harm": any_harm})
    assert (found.outcome, found.near) == flag


def test_a_category_that_only_the_server_judges_is_never_flagged() -> None:
    assert flagged_categories([Category("sexual_minors", None, None)], {"sexual_minors": 1.0}) == []


def test_without_an_overall_score_nothing_is_rejected_that_needs_one() -> None:
    flags = flagged_categories([Category("hate", 4, 7, reject_any_harm_band=5)], {"hate": 0.9})
    assert flags == [FlaggedCategory("hate", "held", near=False)]


def test_help_is_offered_for_its_category() -> None:
    flags = flagged_categories([Category("self_harm", 8, None, support_band=5)], {"self_harm": 0.55})
    assert flags == [FlaggedCategory("self_harm", "published", near=True)]
