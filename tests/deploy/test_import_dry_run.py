"""`ottit import --dry-run` reports everything that an import would do or refuse, and sends nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli.__main__ import make_app

ROWS = [
    {"id": "a1", "community": "kitchen", "text": "One", "created_at": "2022-08-02 16:16:31.810000 UTC"},
    {"id": "a1", "community": "kitchen", "text": "Other words"},
    {"id": "a2", "community": "kitchen", "text": "[removed]", "author": "someone"},
    {"id": "c2", "community": "kitchen", "text": "Before its parent", "parent_id": "p2"},
    {"id": "p2", "community": "kitchen", "title": "The parent", "url": "https://example.org/"},
    {"id": "c3", "community": "kitchen", "text": "An orphan", "parent_id": "nowhere"},
    {"id": "c4", "community": "kitchen", "text": "Below the orphan", "parent_id": "c3"},
    {"id": "t3_x", "subreddit": "AskBakers", "title": "From Reddit", "selftext": "x", "created_utc": "1348776140"},
]


def dry_run(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run the command without an installation."""
    monkeypatch.setenv("OTTIT_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("COLUMNS", "500")
    return CliRunner().invoke(make_app("import"), ["import", "--dry-run", *arguments])


def test_the_report_names_what_would_be_created_and_every_cause_of_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, rejects = tmp_path / "posts.jsonl", tmp_path / "rejects.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS) + "broken\n")

    result = dry_run(tmp_path, monkeypatch, str(file), "--rejects", str(rejects))

    assert result.exit_code == 0, result.output
    for wanted in (
        "3 posts, 1 comments and 1 tombstones in 2 communities",
        "Formats: ottit (7 rows), reddit (1 rows)",
        "Refused (id_repeated): 1. First: line 2, id a1: the id a1 is already in line 1",
        "Refused (parent_unknown): 1. First: line 6, id c3: its parent nowhere",
        "Refused (parent_refused): 1. First: line 7, id c4",
        "Refused (not_json): 1. First: line 9",
    ):
        assert wanted in result.output
    refused = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert sorted(row["line"] for row in refused) == [2, 6, 7, 9]
    assert next(row["row"]["text"] for row in refused if row["id"] == "c3") == "An orphan"
    assert not (tmp_path / "data" / "imports").exists()


def test_a_damaged_file_exits_with_1_and_names_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "posts.json"
    file.write_text('[{"id": 1},\n{"id": ')
    result = dry_run(tmp_path, monkeypatch, str(file))
    assert result.exit_code == 1
    assert "Line 2" in result.output


def test_an_empty_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "posts.json"
    file.write_text("\n")
    assert "no rows" in dry_run(tmp_path, monkeypatch, str(file)).output
