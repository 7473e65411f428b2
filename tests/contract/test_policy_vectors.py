"""The committed policy vectors match the Python implementation; Vitest checks the client with the same files."""

import json
from functools import cache
from typing import Any

import pytest

from tests.contract.make_policy_vectors import VECTORS, committed_texts, rendered, vectors

AGAIN = "run: make generate, then the client's tests"
OF_TEXTS = ("default.json", "dialect.json", "generated.json")
NAMES = (
    "default.json",
    "bundles.json",
    "density.json",
    "dialect.json",
    "generated.json",
    "prompts.json",
    "windows.json",
)


@cache
def _present() -> dict[str, dict[str, Any]]:
    """Return the vectors as this code computes them, not at import: `make mutants` changes functions after that."""
    return vectors(committed_texts())


def _cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text(encoding="ascii"))["cases"]
    return found


def test_every_vector_file_is_compared() -> None:
    assert set(_present()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_vectors_are_current(name: str) -> None:
    assert (VECTORS / name).read_text(encoding="ascii") == rendered(_present()[name]), AGAIN


@pytest.mark.parametrize("name", ["default.json", "dialect.json"])
def test_every_public_rule_fires_in_some_vector(name: str) -> None:
    content = json.loads((VECTORS / name).read_text(encoding="ascii"))
    fired = {hit["rule"] for case in content["cases"] for hit in case["hits"]}
    assert fired == {rule["id"] for rule in content["view"]["rules"]}


def test_there_are_three_hundred_cases_with_every_outcome() -> None:
    cases = [case for name in OF_TEXTS for case in _cases(name)]
    assert len(cases) >= 300
    assert len(_cases("generated.json")) >= 100
    assert {case["verdict"] for case in cases} == {"published", "held", "rejected"}
    assert sum(bool(case["forms"]) for case in cases) >= 100
