"""`python -m tests.contract.view_versions`: approve the stored form and the fold of each view with a format version.

Refuses a change whose version was not raised, because views on disk would then keep what the old code wrote. Pass
`--refactoring` if a rebuild by the new code gives exactly what the old code stored.
"""

import ast
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.embeddings.adapters.point_layout import LAYOUT
from services.gateway.drift import tables as drift_tables
from services.gateway.view import tables as view_tables
from services.ranking.adapters.checkpoint import TABLES, VERSION

ROOT = Path(__file__).parents[2]
APPROVED = Path(__file__).with_name("view-versions.json")


@dataclass(frozen=True)
class View:
    """A stored view: its version, its tables if it has any, and the code that determines its content.

    `sources` names files, or functions and classes in them: `path` or `path::name`.
    """

    version: int
    sources: tuple[str, ...]
    tables: tuple[tuple[str, str], ...] = ()


def _folds_of_features() -> tuple[str, ...]:
    """Return every projection of the gateway's features, so that a new one cannot be left out."""
    found = sorted((ROOT / "services/gateway").glob("*/*projection.py"))
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


def _without_comments(script: str) -> str:
    return re.sub(r"--[^\n]*", "", script)


VIEWS = {
    "gateway": View(
        version=view_tables.VERSION,
        sources=(
            *_folds_of_features(),
            "services/gateway/projections.py",
            "services/gateway/posts/vote_persistence.py::load_votes",
            "services/gateway/posts/vote_persistence.py::tally_votes",
            "services/gateway/posts/vote_persistence.py::write_votes",
            "services/gateway/view/change_set.py",
            "services/gateway/view/decryption.py::opened",
            "services/gateway/view/persistence.py",
        ),
        tables=(("view", _without_comments(view_tables.TABLES)),),
    ),
    "gateway drift": View(
        version=drift_tables.VERSION,
        sources=("services/gateway/drift/row_writer.py",),
        tables=(("drift", _without_comments(drift_tables.TABLES)),),
    ),
    "embeddings": View(
        version=LAYOUT,
        sources=(
            "services/embeddings/adapters/bm25_weights.py",
            "services/embeddings/adapters/point_layout.py",
            "services/embeddings/adapters/qdrant_edge_shard.py::configuration",
            "services/embeddings/adapters/qdrant_edge_shard.py::payload_indexes",
            "services/embeddings/adapters/qdrant_server_collection.py::ensure_collection",
            "services/embeddings/adapters/qdrant_server_collection.py::payload_indexes",
            "services/embeddings/domain.py::PostPoint",
            "services/embeddings/domain.py::author_tombstone_id",
            "services/embeddings/domain.py::title_key",
            "services/embeddings/search_words.py",
        ),
    ),
    "ranking": View(
        version=VERSION,
        sources=(
            "services/ranking/projections/fold.py",
            "services/ranking/projections/ranking_state.py::PostRecord",
            "services/ranking/projections/ranking_state.py::ReaderSignal",
        ),
        tables=tuple(TABLES.items()),
    ),
}


def present() -> dict[str, dict[str, object]]:
    """Return version and digest of every view as the code is now."""
    return {name: {"version": view.version, "digest": digest(view)} for name, view in VIEWS.items()}


def approved() -> dict[str, dict[str, object]]:
    """Return version and digest of every view as approved last."""
    views: dict[str, dict[str, object]] = json.loads(APPROVED.read_text(encoding="utf-8"))
    return views


def digest(view: View) -> str:
    """Return the SHA-256 of tables and sources, without comments, docstrings and formatting."""
    tables = [f"{name}: {' '.join(columns.split())}" for name, columns in view.tables]
    return hashlib.sha256("\n".join([*tables, *map(code_of, view.sources)]).encode()).hexdigest()


@cache
def code_of(source: str) -> str:
    """Return the code of a file, or of one function or class in it, without docstrings and imports.

    Raises:
        LookupError: the file has no such name.
    """
    path, _, name = source.partition("::")
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    if name:
        body = [node for node in body if getattr(node, "name", None) == name]
        if not body:
            raise LookupError(source)
    code = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    for node in ast.walk(module := ast.Module(code, [])):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)] or [ast.Pass()]
    return ast.unparse(module)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def main(*, refactoring: bool) -> int:
    """Write what may be approved. Returns the exit code: 1 if something was refused."""
    agreed, refused = approved() if APPROVED.exists() else {}, False
    for name, view in present().items():
        before = agreed.get(name)
        if before and before["digest"] != view["digest"] and before["version"] == view["version"] and not refactoring:
            print(f"refused: {name} changed, but its version is still {view['version']}", file=sys.stderr)
            refused = True
        else:
            agreed[name] = view
    APPROVED.write_text(json.dumps(agreed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(refactoring="--refactoring" in sys.argv[1:]))
