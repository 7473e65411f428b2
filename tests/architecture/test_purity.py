"""`domain` and `projections` touch nothing: time, randomness and ids come in as data."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_files import SERVICES, Module, modules

# Whatever is not here has to be looked at first: can it read, write, wait, guess or tell the time?
COMPUTES_ONLY = frozenset({
    "__future__", "base64", "binascii", "bisect", "collections", "collections.abc", "contextlib", "dataclasses",
    "datetime", "enum", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re", "string",
    "struct", "types", "typing", "unicodedata", "uuid", "numpy", "numpy.typing", "orjson", "pydantic",
})  # fmt: skip
SHARED_VOCABULARY = frozenset({
    "shared.ids", "shared.content", "shared.log.events", "shared.log.events.envelope",
    "shared.policy", "shared.problems",
    "shared.messaging.requests", "shared.log.signals", "shared.log.streams",
})  # fmt: skip
# Names of those modules that read a file, or make a fresh id.
IMPURE_NAMES = frozenset({"load_policy", "record", "new_id", "uuid1", "uuid4", "uuid7"})
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "today", "utcnow", "uuid1", "uuid4", "uuid7", "urandom"})


def pure_modules(service: str) -> list[Module]:
    """`domain` and `projections`, as file or folder, and what of their own service they rest on."""
    inside = {module.name: module for module in modules(f"services/{service}")}
    roots = tuple(f"services.{service}.{room}" for room in ("domain", "projections"))
    found: dict[str, Module] = {}
    waiting = [name for name in inside if name.startswith(roots)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = inside[name]
            waiting += rests_on(inside[name], inside)
    return list(found.values())


def rests_on(module: Module, inside: dict[str, Module]) -> Iterator[str]:
    for origin, name in module.imported_names:
        for candidate in (origin, f"{origin}.{name}"):
            if candidate in inside and candidate.count(".") > 1:
                yield candidate


@pytest.mark.parametrize("service", SERVICES)
def test_pure_rooms_import_only_what_computes(service: str) -> None:
    rooms = pure_modules(service)
    assert rooms, f"services/{service} has no domain"
    for module in rooms:
        allowed = COMPUTES_ONLY | SHARED_VOCABULARY
        foreign = {name for name in module.imports if name not in allowed and not name.startswith("services.")}
        assert not foreign, f"{module.place} imports {sorted(foreign)}"


@pytest.mark.parametrize("service", SERVICES)
def test_pure_rooms_ask_nobody_for_time_or_chance(service: str) -> None:
    for module in pure_modules(service):
        impure = {name for _, name in module.imported_names} & IMPURE_NAMES
        assert not impure, f"{module.place} imports {sorted(impure)}"
        for call in module.nodes:
            if isinstance(call, ast.Call):
                assert called(call) not in IMPURE_CALLS, f"{module.place}:{call.lineno} calls {called(call)}"
            assert not isinstance(call, ast.AsyncFunctionDef | ast.Await) or in_protocol(module, call), module.place


def called(call: ast.Call) -> str:
    """The last name of what is called: `datetime.now(…)` → `now`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def in_protocol(module: Module, node: ast.AST) -> bool:
    """A Protocol declares what the world must do; declaring it does nothing."""
    return any(
        node in declared.body
        for declared in module.nodes
        if isinstance(declared, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in declared.bases)
    )
