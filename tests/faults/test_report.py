"""The page of fault results is generated from the kept results, and a later run replaces only its own lines."""

from dataclasses import replace
from pathlib import Path

from tests.faults.report.catalogue import FAULTS, INVARIANTS
from tests.faults.report.render import PAGE, bound, render, verdict
from tests.faults.report.results import Result, merged, read_results

TESTS = Path(__file__).parents[1]
ONE = Result(
    "E03", "a title", "test_x.py::test_y", False, "I1", 6, 0, False, [7], 3.0, "", "2026-01-02", "abc", "2 cores"
)  # fmt: skip


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(read_results()), "run: python -m tests.faults.report.render"


def test_the_kept_results_name_known_faults_and_invariants() -> None:
    for result in read_results():
        assert result.fault in FAULTS, result.fault
        assert set(result.invariants.split()) <= set(INVARIANTS), result.test


def test_the_kept_results_are_of_tests_that_exist() -> None:
    for test in {result.test for result in read_results()}:
        file, name = test.split("::", 1)
        assert f"def {name.rsplit('::', 1)[-1]}(" in (TESTS / file).read_text(encoding="utf-8"), test


def test_a_later_run_replaces_its_own_lines_only() -> None:
    other = replace(ONE, fault="E01")
    failed = replace(ONE, failures=1, note="lost")
    assert merged([ONE, other], [failed]) == [other, failed]


def test_the_bound_needs_trials_without_failures() -> None:
    assert bound(ONE) == "0.5"
    assert bound(replace(ONE, failures=1)) == ""
    assert bound(replace(ONE, trials=2)) == ""
    assert verdict(replace(ONE, failures=1, note="lost")) == "**1 failed**: lost"
    assert verdict(replace(ONE, skipped=True, note="needs root")) == "not run: needs root"
