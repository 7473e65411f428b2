"""The committed vectors are what Python computes today; Vitest holds the client to the same files."""

import json

import pytest

from tests.contract.make_policy_vectors import VECTORS, rendered, vectors

AGAIN = "run python -m tests.contract.make_policy_vectors, and the client's tests"


@pytest.mark.parametrize("name", ["default.json", "dialect.json"])
def test_the_vectors_are_what_the_rules_say_today(name: str) -> None:
    assert (VECTORS / name).read_text(encoding="ascii") == rendered(vectors()[name]), AGAIN


def test_every_public_rule_fires_in_some_vector() -> None:
    for path in VECTORS.glob("*.json"):
        content = json.loads(path.read_text(encoding="ascii"))
        fired = {hit["rule"] for case in content["cases"] for hit in case["hits"]}
        assert fired == {rule["id"] for rule in content["view"]["rules"]}


def test_there_are_at_least_eighty_cases_with_every_verdict() -> None:
    cases = [case for path in VECTORS.glob("*.json") for case in json.loads(path.read_text())["cases"]]
    assert len(cases) >= 80
    assert {case["verdict"] for case in cases} == {"published", "held", "rejected"}
