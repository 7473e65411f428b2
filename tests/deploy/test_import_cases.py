"""Rows with what should become of them: the project's own, and a larger collection beside the checkout if it is there.

Each line has a `row`, and what to `expect`: its fields, or the refusal and what its message must name.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.importing.detection import format_of
from deploy.cli.importing.options import Options
from deploy.cli.importing.preparation import stage
from deploy.cli.importing.source.rows import RefusedRow, Row
from deploy.cli.importing.staging import Place
from deploy.cli.importing.summary import remarks
from services.gateway.imports.commands import slug_of
from tests.collected_data import CASES

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OWN = Path(__file__).parent / "import-cases.jsonl"
COLLECTION = CASES / "imports.jsonl"
KNOWN = {
    "created_at", "said", "tombstone", "published", "author", "text", "text_holds", "title", "community", "refused",
    "message_names", "under", "preset",
}  # fmt: skip


@dataclass
class Imported:
    """The rows of a file as they would be sent, by line, and the report."""

    rows: dict[int, Row]
    order: list[str]
    refused: dict[int, RefusedRow]
    report: str


def import_all(cases: list[dict[str, Any]], folder: Path, options: Options) -> Imported:
    file = folder / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(case['row'])}\n" for case in cases))
    staging = stage(file, options, folder / "staging", now=NOW, at=lambda _: None)
    rows = [staged.row for staged in staging.in_order(Place())]
    refused = {row.line: row for row in staging.refused()}
    report = "\n".join(remarks(staging))
    staging.close()
    (folder / "staging").unlink()
    return Imported({row.line: row for row in rows}, [row.id for row in rows], refused, report)


@pytest.mark.parametrize("source", [OWN, COLLECTION], ids=["own", "collection"])
def test_every_row_becomes_what_is_expected(source: Path, tmp_path: Path) -> None:
    if not source.exists():
        pytest.skip("there is no collection of import cases beside this checkout")
    cases = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert {name for case in cases for name in case["expect"]} <= KNOWN
    imported = import_all(cases, tmp_path, Options())
    as_html = import_all(cases, tmp_path, Options(html=True))
    wrong = []
    for line, case in enumerate(cases, start=1):
        for problem in problems(case["row"], case["expect"], line, imported, as_html):
            wrong.append(f"line {line}, {case['row']}: {problem}")
    assert not wrong, "\n".join(wrong)


def problems(
    fields: dict[str, Any], expect: dict[str, Any], line: int, imported: Imported, as_html: Imported
) -> list[str]:
    """Return in which ways a row became something else than expected."""
    found = []
    if "preset" in expect and format_of(fields) != expect["preset"]:
        found.append(f"read as {format_of(fields)}")
    if expect.get("said") and expect["said"] not in imported.report:
        found.append("the report does not say it")
    refused, row = imported.refused.get(line), imported.rows.get(line)
    if expect.get("refused") or (refused and refused.code == "parent_unknown"):
        return found + (
            refusal_problems(fields, expect, refused, imported) if refused else orphan_problems(expect, row)
        )
    if row is None:
        return [*found, f"not imported: {refused}"]
    return found + row_problems(expect, row, as_html.rows[line].post, imported)


def row_problems(expect: dict[str, Any], row: Row, with_html: dict[str, Any], imported: Imported) -> list[str]:
    post, found = row.post, []
    if "text" in expect and post["text"] != expect["text"]:
        suggested = "add: --html" in imported.report
        found += [] if suggested and with_html["text"] == expect["text"] else [f"the text is {post['text']!r}"]
    if "created_at" in expect:
        wanted = NOW if expect["created_at"] == "now" else datetime.fromisoformat(expect["created_at"])
        given = post.get("created_at")
        found += [] if given and datetime.fromisoformat(given) == wanted else [f"the date is {given}"]
    if "under" in expect:
        first = imported.order.index(expect["under"]) if expect["under"] in imported.order else None
        above = first is not None and first < imported.order.index(row.id)
        found += [] if above and row.parent == expect["under"] else [f"it is under {row.parent}"]
    if "community" in expect and slug_of(post["community"]) != slug_of(str(post["community"])):
        found.append("the community's address is not stable")
    checks = {
        "tombstone": post.get("removed") is True and not post["text"],
        "published": not post.get("removed"),
        "author": "author" not in post and "author_id" not in post,
        "text_holds": str(expect.get("text_holds")) in post["text"],
        "title": post.get("title") == expect.get("title"),
    }
    return found + [
        f"not as expected: {name} ({post})" for name, holds in checks.items() if name in expect and not holds
    ]


def refusal_problems(
    fields: dict[str, Any], expect: dict[str, Any], refused: RefusedRow, imported: Imported
) -> list[str]:
    found = []
    for name in expect.get("message_names", []):
        wanted = {"line of the first": "line 1,", "id": str(fields["id"])}.get(name, name)
        if wanted not in refused.reason:
            found.append(f"the message does not name {name}: {refused.reason}")
    return found


def orphan_problems(expect: dict[str, Any], row: Row | None) -> list[str]:
    """Only the installation knows that a parent is missing; until then the row names it."""
    if row is not None and row.parent and expect.get("message_names") == ["parent"]:
        return []
    return [f"not refused: {row}"]
