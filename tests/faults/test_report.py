"""The page of fault results is generated from the kept results, and a later run replaces only its own lines."""

from dataclasses import replace

from tests.faults.report.catalogue import FAULTS, INVARIANTS
from tests.faults.report.render import PAGE, bound, render, verdict
from tests.faults.report.results import Result, merged, read_results

ONE = Result(
    "E03", "a title", "faults/test_report.py::test_the_page_is_current", False, "I1", 6, 0, False, [7], 3.0, "",
    "2026-01-02", "abc", "2 cores",
)  # fmt: skip


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(read_results()), "run: python -m tests.faults.report.render"


def test_the_kept_results_name_known_faults_and_invariants() -> None:
    for result in read_results():
        assert result.fault in FAULTS, result.fault
        assert set(result.invariants.split()) <= set(INVARIANTS), result.test


def test_the_kept_results_are_of_tests_that_exist() -> None:
    assert [result.test for result in read_results() if not result.has_test] == []


def test_a_later_run_replaces_its_own_lines_only() -> None:
    other, gone = replace(ONE, fault="E01"), replace(ONE, test="faults/test_report.py::test_of_an_earlier_name")
    failed = replace(ONE, failures=1, note="lost")
    assert merged([ONE, other, gone], [failed]) == [other, failed]


def test_the_bound_needs_trials_without_failures() -> None:
    assert bound(ONE) == "0.5"
    assert bound(replace(ONE, failures=1)) == ""
    assert bound(replace(ONE, trials=2)) == ""
    assert verdict(replace(ONE, failures=1, note="lost")) == "**1 failed**: lost"
    assert verdict(replace(ONE, skipped=True, note="needs root")) == "not run: needs root"
