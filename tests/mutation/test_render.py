"""The table of mutants."""

from collections import Counter

from tests.mutation.render import table


def test_a_time_out_and_a_mutant_without_tests_count_as_not_killed() -> None:
    numbers = Counter({"killed": 6, "survived": 1, "no tests": 1, "timeout": 1, "not checked": 2, "segfault": 1})
    assert table({"shared.log": numbers}).splitlines()[2:] == [
        "| shared.log | 12 | 6 | 1 | 1 | 1 | 2 | 1 | 50.0% | 60.0% |",
        "| all | 12 | 6 | 1 | 1 | 1 | 2 | 1 | 50.0% | 60.0% |",
    ]


def test_a_package_that_was_not_run_has_no_share_of_those_run() -> None:
    assert table({"shared.ids": Counter({"not checked": 4})}).endswith("| 0.0% | – |\n")
