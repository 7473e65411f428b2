"""The product's source files as data: modules, imports and functions."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = tuple(sorted(path.parent.name for path in (ROOT / "services").glob("*/settings.py")))


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @cached_property
    def name(self) -> str:
        """The import name."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def place(self) -> str:
        """The path below the root, for messages."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """The source text."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.place)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, cached because walking the tree is slow."""
        return tuple(_walk(self.tree))

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module named in an import, anywhere in the file."""
        return frozenset(module for module, _ in self.imported_names)

    @cached_property
    def imported_names(self) -> frozenset[tuple[str, str]]:
        """The pairs (module, name) of every import; the name is empty for `import module`."""
        return frozenset(_imported(self.nodes))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Every function and method, including nested ones."""
        return tuple(node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return all modules in these folders of the root."""
    return tuple(Module(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def product() -> tuple[Module, ...]:
    """Return all installed modules: services, shared, deploy."""
    return modules("services", "shared", "deploy")


def _walk(tree: ast.AST) -> list[ast.AST]:
    """All nodes of a tree, in the order of `ast.walk`, in half its time."""
    found = [tree]
    for node in found:  # also those that are added meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [one for one in value if isinstance(one, ast.AST)]
    return found


def _imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "relative imports hide where things come from"
            yield from ((node.module, alias.name) for alias in node.names)
