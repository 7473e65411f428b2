"""The ranking's table grows while earlier rows keep their values."""

from services.ranking.projections.column_table import ColumnTable


def test_rows_keep_their_values_while_the_table_grows() -> None:
    table = ColumnTable()
    for number in range(5_000):
        table.set(table.row(f"post-{number}"), votes=number)
    assert len(table) == 5_000
    assert table.column("votes").tolist() == list(range(5_000))
    assert {table.get("root", row) for row in (0, 1_023, 1_024, 4_999)} == {-1}
    assert table.find("post-4999") == 4_999
    assert table.find("post-5000") is None
