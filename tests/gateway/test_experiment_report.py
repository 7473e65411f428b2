"""Tests of the experiment report, with simulated groups that differ and that do not."""

import random
from collections.abc import Iterator

import pytest

from services.gateway.drift.experiment_report import EVALUATED, LEVEL, Activity, compare, totals_by_group, verdict
from services.gateway.drift.schemas import Comparison, Verdict
from shared.log.preview_records import ExperimentGroup


def people(
    chance: random.Random, group: ExperimentGroup, count: int, refused: float, seconds: float = 2.0
) -> Iterator[Activity]:
    """Yield people with ten submissions each, of which a share is refused."""
    for _ in range(count):
        held = sum(chance.random() < refused for _ in range(10))
        waited = sum(chance.expovariate(1 / seconds) for _ in range(10 - held))
        yield Activity(
            group=group, submits=10, decided=10, refused=held, questions=10, tokens=0, posts=10,
            published=10 - held, seconds=waited, described=10, changes=chance.randint(0, 30),
        )  # fmt: skip


def judged(with_refused: float, without_refused: float, count: int = 300) -> tuple[Verdict, str, dict[str, Comparison]]:
    chance = random.Random(11)
    everybody = [
        *people(chance, "trial_with", count, with_refused),
        *people(chance, "trial_without", count, without_refused),
    ]
    found = totals_by_group(everybody)
    comparisons = compare(found)
    word, says = verdict(found, comparisons)
    return word, says, {comparison.measure: comparison for comparison in comparisons}


def test_fewer_refusals_with_previews_are_a_benefit() -> None:
    word, says, by = judged(0.1, 0.2)
    assert word == "helps"
    assert by["refused"].finding == "better"
    assert by["refused"].saved == pytest.approx(300, rel=0.2)  # a tenth of 3,000 submissions
    assert "held or rejected, per submission" in says


def test_more_refusals_with_previews_are_harm() -> None:
    word, says, _ = judged(0.2, 0.1)
    assert word == "harms"
    assert "OTTIT_PREVIEW_MODE=server_only" in says


def test_without_a_difference_the_advice_is_to_switch_previews_off() -> None:
    word, says, by = judged(0.15, 0.15)
    assert {by[measure.name].finding for measure in EVALUATED} == {"no_difference_shown"}
    assert word == "no_benefit_shown"
    assert "Switch previews off: OTTIT_PREVIEW_MODE=server_only" in says


def test_too_few_people_give_no_verdict() -> None:
    word, says, by = judged(0.0, 0.9, count=20)
    assert word == "not_enough"
    assert {comparison.difference for comparison in by.values()} == {None}
    assert "20 and 20" in says


def test_groups_without_random_assignment_are_not_compared() -> None:
    chance = random.Random(11)
    found = totals_by_group([*people(chance, "hybrid", 300, 0.1), *people(chance, "server_only", 300, 0.2)])
    comparisons = compare(found)
    assert verdict(found, comparisons)[0] == "nothing_to_compare"
    assert {comparison.finding for comparison in comparisons} == {"not_enough"}


def test_the_measure_reported_by_clients_decides_nothing() -> None:
    _, _, by = judged(0.15, 0.15)
    assert by["changes"].finding == "description"
    assert by["changes"].saved is None


def test_all_intervals_together_hold_with_95_percent() -> None:
    assert 1 - len(EVALUATED) * (1 - LEVEL) == pytest.approx(0.95)
