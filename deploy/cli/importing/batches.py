"""Rows in batches that the gateway takes in one request. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deploy.cli.importing.rows import Refused, Row, read_row
from deploy.cli.importing.source import Position, SourceLine

# Large enough that a request's own cost vanishes, small enough that an interruption repeats little.
MOST_ROWS = 100
# Far below what the gateway takes in one import request: a batch of long texts should not take seconds.
MOST_BYTES = 2 * 1024 * 1024


@dataclass
class Batch:
    """Rows to submit, rows that were refused on reading, and the position behind them."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    end: Position = field(default_factory=Position)

    def waves(self) -> list[list[Row]]:
        """The rows so that no reply travels beside its parent: the gateway takes the rows of a request all at once."""
        depth: dict[str, int] = {}
        waves: list[list[Row]] = []
        for row in self.rows:
            depth[row.id] = depth.get(str(row.post.get("parent_id")), -1) + 1
            if depth[row.id] == len(waves):
                waves.append([])
            waves[depth[row.id]].append(row)
        return waves


def batches(lines: Iterable[SourceLine]) -> Iterator[Batch]:
    """Cut lines into batches, by number and by size; the last one may be small."""
    batch, size = Batch(), 0
    for line in lines:
        row = read_row(line.number, line.content)
        batch.rows.append(row) if isinstance(row, Row) else batch.refused.append(row)
        batch.end = Position(line.number, line.end)
        size += len(line.content)
        if len(batch.rows) + len(batch.refused) >= MOST_ROWS or size >= MOST_BYTES:
            yield batch
            batch, size = Batch(), 0
    if batch.rows or batch.refused:
        yield batch
