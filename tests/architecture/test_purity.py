"""`domain` and `projections` are pure: time, randomness and ids are arguments."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_files import SERVICES, Module, modules

# Modules without I/O, waiting, randomness or clock. Check a module before adding it.
COMPUTES_ONLY = frozenset({
    "__future__", "base64", "binascii", "bisect", "collections", "collections.abc", "contextlib", "dataclasses",
    "datetime", "enum", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re", "string",
    "struct", "types", "typing", "unicodedata", "uuid", "numpy", "numpy.typing", "orjson", "pydantic",
})  # fmt: skip
SHARED_VOCABULARY = frozenset({
    "shared.ids", "shared.content", "shared.log.events", "shared.log.events.envelope",
    "shared.policy", "shared.problems", "shared.security.capabilities",
    "shared.messaging.requests", "shared.log.signals", "shared.log.streams", "shared.roles.ranks",
})  # fmt: skip
# Names in allowed modules that read a file or create a new id.
IMPURE_NAMES = frozenset({"load_policy", "record", "new_id", "uuid1", "uuid4", "uuid7"})
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "today", "utcnow", "uuid1", "uuid4", "uuid7", "urandom"})


def pure_modules(service: str) -> list[Module]:
    """Return `domain` and `projections`, as file or folder, with the modules of the service that they import."""
    inside = {module.name: module for module in modules(f"services/{service}")}
    roots = tuple(f"services.{service}.{name}" for name in ("domain", "projections"))
    found: dict[str, Module] = {}
    waiting = [name for name in inside if name.startswith(roots) or name.endswith((".domain", "projection"))]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = inside[name]
            waiting += imported_inside(inside[name], inside)
    return list(found.values())


def imported_inside(module: Module, inside: dict[str, Module]) -> Iterator[str]:
    for origin, name in module.imported_names:
        for candidate in (origin, f"{origin}.{name}"):
            if candidate in inside and candidate.count(".") > 1:
                yield candidate


@pytest.mark.parametrize("service", SERVICES)
def test_pure_modules_import_only_pure_modules(service: str) -> None:
    found = pure_modules(service)
    assert found, f"services/{service} has no domain"
    for module in found:
        allowed = COMPUTES_ONLY | SHARED_VOCABULARY
        foreign = {name for name in module.imports if name not in allowed and not name.startswith("services.")}
        assert not foreign, f"{module.place} imports {sorted(foreign)}"


@pytest.mark.parametrize("service", SERVICES)
def test_pure_modules_use_no_clock_and_no_randomness(service: str) -> None:
    for module in pure_modules(service):
        impure = {name for _, name in module.imported_names} & IMPURE_NAMES
        assert not impure, f"{module.place} imports {sorted(impure)}"
        for call in module.nodes:
            if isinstance(call, ast.Call):
                assert called(call) not in IMPURE_CALLS, f"{module.place}:{call.lineno} calls {called(call)}"
            assert not isinstance(call, ast.AsyncFunctionDef | ast.Await) or in_protocol(module, call), module.place


def called(call: ast.Call) -> str:
    """Return the last name of the called expression: `datetime.now(…)` → `now`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def in_protocol(module: Module, node: ast.AST) -> bool:
    """Return whether the node is declared in a Protocol, which does nothing itself."""
    return any(
        node in declared.body
        for declared in module.nodes
        if isinstance(declared, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in declared.bases)
    )
