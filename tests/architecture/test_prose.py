"""Prose rules: docstrings start with a verb or noun phrase, and coined names and phrases stay out.

A docstring that starts with a question word ("What…", "Whether…") names a topic instead of saying what the code does
or returns. The phrases and names below were used before with a meaning of their own; readers had to learn it. Use the
standard term instead: "the installation" or "the server", "again", "your own", a name from CONTRIBUTING.md.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_files import ROOT, Module, modules, product

QUESTION_WORDS = re.compile(r"(What|Who|Whom|Whose|How|Where|Whether)\b")
PHRASES = re.compile(
    r"\b(anew|none of ours|one's own|oneself|the house|for ever|of who|what is no|whoever|whomever)\b", re.IGNORECASE
)
COINED_NAMES = frozenset({
    "House", "Office", "Terms", "Reach", "Straight", "Edge", "Arrivals", "Ballots", "Arms", "Desk", "FeedDesk",
    "PolicyDesk", "BoardKeeper", "Board", "Stand", "Means", "Belief", "Flights", "Patience", "Patient", "Trouble",
    "Bill", "Letter", "VectorShelf", "Packs", "Library", "Starved", "Said", "Taste", "World", "Room", "Keeper",
    "Tether", "Town", "Village", "Citizen", "Witness",
})  # fmt: skip
# Only files in which these are found are worth a syntax tree: parsing all of them takes a second.
LIKELY_DOCSTRING = re.compile(rf'"""\s*{QUESTION_WORDS.pattern}')
LIKELY_NAME = re.compile(rf"^\s*class ({'|'.join(sorted(COINED_NAMES))})\b", re.MULTILINE)
# A file generated from services/, where its texts are checked, and this list of phrases.
NOT_CHECKED = frozenset({"client/src/platform/api/schema.ts", "tests/architecture/test_prose.py"})
PAGES = (
    "README.md", "CONTRIBUTING.md", "DECISIONS.md", "SECURITY.md", "docs", "services", "client/src", "shared", "deploy",
    "tests",
)  # fmt: skip


def question_docstrings(module: Module) -> Iterator[str]:
    """Yield each docstring that starts with a question word."""
    for node in module.nodes if LIKELY_DOCSTRING.search(module.text) else ():
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            if QUESTION_WORDS.match(text):
                yield f"{module.place}:{getattr(node, 'lineno', 1)}: {text.splitlines()[0]}"


def coined_names(module: Module) -> Iterator[str]:
    """Yield each class with a coined name."""
    for node in module.nodes if LIKELY_NAME.search(module.text) else ():
        if isinstance(node, ast.ClassDef) and node.name in COINED_NAMES:
            yield f"{module.place}:{node.lineno}: class {node.name}"


def prose_files() -> Iterator[Path]:
    """Yield source files and pages."""
    for page in PAGES:
        root = ROOT / page
        found = [root] if root.is_file() else root.rglob("*")
        yield from (path for path in found if path.suffix in (".py", ".ts", ".tsx", ".css", ".md"))


def phrases(path: Path) -> Iterator[str]:
    """Yield each line with a coined phrase."""
    place = path.relative_to(ROOT).as_posix()
    if place in NOT_CHECKED or path.name.endswith((".test.ts", ".test.tsx")):
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if PHRASES.search(line):
            yield f"{place}:{number}: {line.strip()}"


def violations() -> Iterator[str]:
    """Yield every violation of a rule."""
    for module in (*product(), *modules("tests")):
        yield from question_docstrings(module)
        yield from coined_names(module)
    for path in prose_files():
        yield from phrases(path)


def test_prose_is_plain() -> None:
    found = list(violations())
    assert not found, "\n".join(found)
