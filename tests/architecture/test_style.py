"""Style rules that reviewers cannot check alone."""

import ast
import re

import pytest

from tests.architecture.source_files import ROOT, Module, modules, product

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_COMPONENT = 250, 50, 150
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "core", "manager", "service", "common", "misc"})
# The launcher and tests build the environment of the processes that they start.
MAKES_ENVIRONMENTS = re.compile(r"(^|/)(settings|testing)\.py$|^deploy/local/")
BROAD = frozenset({"Exception", "BaseException"})
ESCAPES = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no)")


def test_the_environment_is_read_in_settings_only() -> None:
    for module in product():
        reads = re.search(r"\bos\.(environ|getenv)\b", module.text) or ("os", "environ") in module.imported_names
        assert not reads or MAKES_ENVIRONMENTS.search(module.place), module.place


def test_at_most_two_handlers_catch_every_exception() -> None:
    swallowing = [
        f"{module.place}:{handler.lineno}"
        for module in modules("services", "shared")
        for handler in module.nodes
        if isinstance(handler, ast.ExceptHandler) and is_broad(handler) and not re_raises(handler)
    ]
    assert len(swallowing) <= 2, swallowing


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or (isinstance(name, ast.Name) and name.id in BROAD) for name in names)


def re_raises(handler: ast.ExceptHandler) -> bool:
    """Return whether the handler re-raises the exception after cleaning up, as a transaction does."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("module", product(), ids=lambda module: module.place)
def test_files_and_functions_stay_small(module: Module) -> None:
    lines = module.text.count("\n")
    assert lines <= LONGEST_FILE, f"{lines} lines: split a file of more than {LONGEST_FILE} lines"
    for function in module.functions:
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{function.name} has {length} lines"


def test_components_of_the_client_stay_small() -> None:
    components = list((ROOT / "client" / "src").rglob("*.tsx"))
    assert components
    long = [path.name for path in components if path.read_text(encoding="utf-8").count("\n") > LONGEST_COMPONENT]
    assert not long


def test_no_file_has_a_vague_name() -> None:
    vague = [module.place for module in product() if VAGUE_NAMES & set(module.name.split("."))]
    assert not vague


def test_escapes_from_the_checkers_are_rare() -> None:
    lines = sum(module.text.count("\n") for module in product())
    escapes = [module.place for module in product() for line in module.text.splitlines() if ESCAPES.search(line)]
    assert len(escapes) <= max(1, lines // 1000), escapes


def test_every_function_is_fully_annotated() -> None:
    for module in product():
        for function in module.functions:
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            bare = [one.arg for one in arguments if one.annotation is None and one.arg not in ("self", "cls")]
            assert not bare, f"{module.place}:{function.lineno} {function.name}: {bare}"
            assert function.returns is not None, f"{module.place}:{function.lineno} {function.name}"
