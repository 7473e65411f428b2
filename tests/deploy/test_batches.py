"""Grouping rows into batches for one request."""

from deploy.cli.importing.batches import MAX_BYTES, MAX_ROWS, Batch, batches
from deploy.cli.importing.source.rows import Row
from deploy.cli.importing.staging import Place, StagedRow


def staged(*sizes: int) -> list[StagedRow]:
    """Return rows of these sizes."""
    return [StagedRow(Place(0, n), Row(n + 1, str(n), {"id": str(n)}), size) for n, size in enumerate(sizes)]


def test_every_row_is_in_exactly_one_batch_in_order() -> None:
    result = list(batches(staged(*[50] * 260)))

    assert [row.line for batch in result for row in batch.rows] == list(range(1, 261))
    assert [len(batch.rows) for batch in result] == [MAX_ROWS, MAX_ROWS, 60]
    assert [batch.end for batch in result] == [Place(0, 99), Place(0, 199), Place(0, 259)]


def test_long_texts_make_small_batches() -> None:
    long = 40_000
    result = list(batches(staged(*[long] * 90)))

    assert len(result) > 1
    assert all(len(batch.rows) * long < MAX_BYTES + long for batch in result)


def test_no_rows_make_no_batch() -> None:
    assert list(batches([])) == []


def test_a_reply_is_in_a_later_wave_than_its_parent() -> None:
    parents = {"a": None, "b": "a", "c": None, "d": "b", "e": "a", "f": "elsewhere"}
    rows = [Row(number, name, {"id": name, "parent_id": above}) for number, (name, above) in enumerate(parents.items())]

    waves = Batch(rows=rows).waves()

    assert [[row.id for row in wave] for wave in waves] == [["a", "c", "f"], ["b", "e"], ["d"]]


def test_a_batch_without_rows_has_no_waves() -> None:
    assert Batch().waves() == []
