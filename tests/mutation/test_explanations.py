"""Explanations of surviving mutants are about code that exists."""

import ast
from pathlib import Path

import pytest

from tests.mutation.results import Change, Mutant, explanations

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("change", explanations(), ids=lambda change: change.function)
def test_an_explanation_is_about_a_line_that_its_function_still_has(change: Change) -> None:
    path, _, name = change.function.partition(" ")
    source = " ".join(source_of(ROOT / path, name).split())
    assert " ".join(change.was.split()) in source, "remove it from tests/mutation/survivors.toml"


def test_an_explanation_is_one_sentence() -> None:
    assert all(why.endswith(".") and "\n" not in why for why in explanations().values())


def test_a_mutants_name_tells_its_function() -> None:
    method = Mutant("shared.log.append.xǁLogǁ_settle__mutmut_3", "survived")
    assert (method.function, method.package) == ("shared/log/append.py Log._settle", "shared.log")
    function = Mutant("shared.ids.x_new_id__mutmut_1", "killed")
    assert (function.function, function.package) == ("shared/ids.py new_id", "shared.ids")


def source_of(path: Path, name: str) -> str:
    """Return the source of a function or method of a file."""
    source = path.read_text()
    body: list[ast.stmt] = ast.parse(source).body
    *owners, function = name.split(".")
    for owner in owners:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = next(node for node in body if isinstance(node, kinds) and node.name == function)
    return ast.get_source_segment(source, found) or ""
