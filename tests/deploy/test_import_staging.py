"""Rows are sorted into threads, whatever the order of the file, and repeats are noticed."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.cli.importing.options import Options
from deploy.cli.importing.preparation import stage
from deploy.cli.importing.source.opened_file import UnreadableFile
from deploy.cli.importing.staging import Place, Staging
from deploy.cli.importing.summary import created, refusals, remarks
from deploy.cli.importing.thread_order import refuse_below

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
Rows = list[tuple[str, str | None, str]]


def write(path: Path, rows: Rows) -> Path:
    """Write rows: id, parent, text."""
    lines = [
        f'{{"id": "{name}", "community": "garden", "text": "{text}"'
        + (f', "parent_id": "{parent}"}}\n' if parent else "}\n")
        for name, parent, text in rows
    ]
    path.write_text("".join(lines))
    return path


def staged(folder: Path, rows: Rows) -> Staging:
    source = write(folder / "rows.jsonl", rows)
    return stage(source, Options(), folder / "staging", now=NOW, at=lambda _: None)


def ids(staging: Staging, after: Place | None = None) -> list[str]:
    return [staged.row.id for staged in staging.in_order(after or Place())]


def test_answers_come_after_what_they_answer_in_any_order(tmp_path: Path) -> None:
    rows: Rows = [(str(n), str(n // 3) if n >= 3 else None, f"text {n}") for n in range(1, 200)]
    random.Random(5).shuffle(rows)

    order = ids(staged(tmp_path, rows))

    assert sorted(order, key=int) == [str(n) for n in range(1, 200)]
    seen: set[str] = set()
    for name in order:
        assert int(name) < 3 or str(int(name) // 3) in seen
        seen.add(name)


def test_a_long_chain_from_the_last_row_to_the_first_is_sorted(tmp_path: Path) -> None:
    rows: Rows = [(str(n), str(n + 1) if n < 2000 else None, "x") for n in range(1, 2001)]
    assert ids(staged(tmp_path, rows)) == [str(n) for n in range(2000, 0, -1)]


def test_the_order_continues_after_any_place(tmp_path: Path) -> None:
    staging = staged(tmp_path, [("a", "c", "x"), ("b", None, "x"), ("c", "b", "x"), ("d", None, "x")])
    whole = list(staging.in_order(Place()))
    for done, row in enumerate(whole, start=1):
        assert ids(staging, row.place) == [later.row.id for later in whole[done:]]


def test_circles_and_answers_to_refused_rows_are_refused(tmp_path: Path) -> None:
    rows: Rows = [
        ("a", "b", "x"), ("b", "a", "x"), ("under-a", "a", "x"), ("self", "self", "x"),
        ("good", None, "x"), ("elsewhere", "unknown", "x"),
    ]  # fmt: skip
    source = write(tmp_path / "rows", rows)
    bad = '{"id": "bad", "community": "garden", "text": "x", "score": "many"}\n'
    below = '{"id": "c1", "parent_id": "bad", "text": "x"}\n{"id": "c2", "parent_id": "c1", "text": "x"}\n'
    source.write_text(below + source.read_text() + bad)

    staging = stage(source, Options(), tmp_path / "staging", now=NOW, at=lambda _: None)

    assert sorted(ids(staging)) == ["elsewhere", "good"]
    codes = {row.id: row.code for row in staging.refused()}
    circle = dict.fromkeys(["a", "b", "under-a", "self"], "parent_circle")
    assert codes == circle | {"bad": "score_invalid", "c1": "parent_refused", "c2": "parent_refused"}
    assert "bad (line 9)" in next(row.reason for row in staging.refused() if row.id == "c1")


def test_a_repeated_id_names_the_first_line_and_the_same_words_are_skipped(tmp_path: Path) -> None:
    staging = staged(tmp_path, [("a", None, "one"), ("b", None, "x"), ("a", None, "one"), ("a", None, "two")])

    assert ids(staging) == ["a", "b"]
    (refused,) = staging.refused()
    assert (refused.line, refused.id, refused.code) == (4, "a", "id_repeated")
    assert "the id a is already in line 1" in refused.reason
    assert any("1 rows that repeat" in line and "line 3: id a of line 1" in line for line in remarks(staging))


def test_the_summary_counts_what_would_be_created_and_groups_refusals(tmp_path: Path) -> None:
    rows: Rows = [("p", None, "x"), ("c", "p", "x"), ("gone", "p", "[removed]")]
    source = write(tmp_path / "rows", rows)
    source.write_text(source.read_text() + '{"id": "d", "text": "no community"}\n{"id": "e", "text": "none"}\nbroken\n')

    staging = stage(source, Options(), tmp_path / "staging", now=NOW, at=lambda _: None)

    assert created(staging).startswith("1 posts, 1 comments and 1 tombstones in 1 communities")
    lines = list(refusals(staging.refused()))
    assert lines[0].startswith("Refused (community_missing): 2. First: line 4, id d: community:")
    assert lines[1].startswith("Refused (not_json): 1. First: line 6")


def test_a_complete_staging_file_is_used_again_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    first = staged(tmp_path, [("a", None, "x")])
    first.close()
    (tmp_path / "rows.jsonl").unlink()
    again = stage(tmp_path / "rows.jsonl", Options(), tmp_path / "staging", now=NOW, at=lambda _: None)
    assert ids(again) == ["a"]
    assert next(iter(remarks(again))) == "Formats: ottit (1 rows)"
    again.close()

    (tmp_path / "staging").write_bytes(b"damaged" * 1000)
    assert ids(staged(tmp_path, [("b", None, "x")])) == ["b"]


def test_a_file_that_cannot_be_read_leaves_no_staging_file(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text('[{"id": 1},')
    with pytest.raises(UnreadableFile):
        stage(tmp_path / "rows", Options(), tmp_path / "staging", now=NOW, at=lambda _: None)
    assert not (tmp_path / "staging").exists()


def test_everything_below_a_missing_post_is_refused(tmp_path: Path) -> None:
    staging = staged(tmp_path, [("c", "b", "x"), ("b", "a", "x"), ("a", "gone", "x"), ("other", None, "x")])

    refuse_below(staging, "gone", "its parent gone is nowhere")

    assert ids(staging) == ["other"]
    codes = {row.id: row.code for row in staging.refused()}
    assert codes == {"a": "parent_unknown", "b": "parent_refused", "c": "parent_refused"}


def test_lone_surrogates_in_names_and_values_are_reported(tmp_path: Path) -> None:
    rows = r'{"\ud800": 1, "id": "a"}' + "\n" + r'{"id": "b", "community": "c", "text": "x", "url": "\udfff"}' + "\n"
    (tmp_path / "rows").write_text(rows)
    staging = stage(tmp_path / "rows", Options(), tmp_path / "staging", now=NOW, at=lambda _: None)
    assert "?" in next(refusals(staging.refused()))
    assert list(remarks(staging))
