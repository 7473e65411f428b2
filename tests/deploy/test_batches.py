"""Grouping rows into batches for one request."""

import json

from deploy.cli.importing.source import MAX_BYTES, MAX_ROWS, Batch, Position, Row, SourceLine, batches


def lines(*texts: str) -> list[SourceLine]:
    """Return lines of rows with these texts; an empty text makes a refused row."""
    result, offset = [], 0
    for number, text in enumerate(texts, start=1):
        content = json.dumps({"id": str(number), "community": "garden", "text": text}).encode() + b"\n"
        offset += len(content)
        result.append(SourceLine(number, content, offset))
    return result


def test_every_row_is_in_exactly_one_batch_in_order() -> None:
    source_lines = lines(*["a", ""] * 130)

    result = list(batches(source_lines))

    assert [row.line for batch in result for row in batch.rows] == list(range(1, 261, 2))
    assert [row.line for batch in result for row in batch.refused] == list(range(2, 261, 2))
    assert all(len(batch.rows) + len(batch.refused) <= MAX_ROWS for batch in result)


def test_a_batch_ends_after_its_last_line() -> None:
    source_lines = lines(*["a"] * (MAX_ROWS + 1))

    first, last = batches(source_lines)

    assert first.end == Position(MAX_ROWS, source_lines[MAX_ROWS - 1].end)
    assert last.end == Position(MAX_ROWS + 1, source_lines[-1].end)


def test_long_texts_make_small_batches() -> None:
    long = "x" * 40_000
    sizes = [sum(len(row.post["text"]) for row in batch.rows) for batch in batches(lines(*[long] * 90))]

    assert len(sizes) > 1
    assert max(sizes) < MAX_BYTES + len(long)


def test_no_lines_make_no_batch() -> None:
    assert list(batches([])) == []


def test_a_reply_is_in_a_later_wave_than_its_parent() -> None:
    parents = {"a": None, "b": "a", "c": None, "d": "b", "e": "a", "f": "elsewhere"}
    rows = [Row(number, name, {"id": name, "parent_id": above}) for number, (name, above) in enumerate(parents.items())]

    waves = Batch(rows=rows).waves()

    assert [[row.id for row in wave] for wave in waves] == [["a", "c", "f"], ["b", "e"], ["d"]]


def test_a_reply_before_its_parent_needs_no_second_wave() -> None:
    rows = [Row(1, "reply", {"id": "reply", "parent_id": "post"}), Row(2, "post", {"id": "post"})]

    assert len(Batch(rows=rows).waves()) == 1


def test_a_batch_without_rows_has_no_waves() -> None:
    assert Batch().waves() == []
