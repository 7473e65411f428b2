"""No log line has a handle, a title, a text or a token: its fields are ids, sizes, durations, codes and error names."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source_files import Module, product

LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
# `error`: the name of an error's class, or an error that the broker or the operating system worded.
FIELDS = re.compile(
    r"attempts?|code|durable|entity_id|error|error_code|file|finding|method|part|path|policy|post\.id|reached|reason"
    r"|revision|seconds|sequence|stream|trace|usd|user_id|version|why"
)
# Names of variables and attributes that hold what people wrote or what only they may know.
PERSONAL = re.compile(r"handle|title|body|text|content|password|token|secret|note|email|cookie|quote|label")


def log_calls(module: Module) -> Iterator[ast.Call]:
    """Yield every call of a method of `logger`."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "logger":
                yield node


def personal_names(node: ast.AST) -> set[str]:
    """Return the personal names that an expression reads."""
    nodes = list(ast.walk(node))
    names = {one.id for one in nodes if isinstance(one, ast.Name)}
    names |= {one.attr for one in nodes if isinstance(one, ast.Attribute)}
    return {name for name in names if PERSONAL.fullmatch(name)}


def fields(module: Module, call: ast.Call) -> set[str]:
    """Return the names of the fields in `extra`, which is a dictionary here or in a variable of the same file."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "extra"), None)
    wanted = given.id if isinstance(given, ast.Name) else ""
    sources = [given] if isinstance(given, ast.Dict) else [
        node.value
        for node in module.nodes
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == wanted
    ]  # fmt: skip
    assert given is None or sources, f"{module.place}:{call.lineno}: the fields cannot be read here"
    return {str(getattr(key, "value", key)) for one in sources if isinstance(one, ast.Dict) for key in one.keys}


def test_log_calls_have_known_fields_and_read_nothing_personal() -> None:
    found, calls = [], 0
    for module in product():
        for call in log_calls(module):
            calls += 1
            unknown = {name for name in fields(module, call) if not FIELDS.fullmatch(name)} | personal_names(call)
            found += [f"{module.place}:{call.lineno}: {name}" for name in sorted(unknown)]
    assert calls > 40
    assert found == []
