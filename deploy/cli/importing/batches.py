"""Groups staged rows into batches for one request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deploy.cli.importing.source.rows import Row
from deploy.cli.importing.staging import Place, StagedRow

# Large enough to make the cost of a request negligible, small enough that an interruption repeats little.
MAX_ROWS = 100
# Far below the gateway's limit for an import request: a batch of long texts should not take seconds.
MAX_BYTES = 2 * 1024 * 1024


@dataclass
class Batch:
    """Rows to submit, and the place after them."""

    rows: list[Row] = field(default_factory=list)
    end: Place = field(default_factory=Place)

    def waves(self) -> list[list[Row]]:
        """Return the rows in groups that separate replies from parents: a request's rows are accepted concurrently."""
        depth: dict[str, int] = {}
        waves: list[list[Row]] = []
        for row in self.rows:
            depth[row.id] = depth.get(str(row.parent), -1) + 1
            if depth[row.id] == len(waves):
                waves.append([])
            waves[depth[row.id]].append(row)
        return waves


def batches(rows: Iterable[StagedRow]) -> Iterator[Batch]:
    """Group rows into batches, limited by number and size."""
    batch, size = Batch(), 0
    for staged in rows:
        batch.rows.append(staged.row)
        batch.end = staged.place
        size += staged.size
        if len(batch.rows) >= MAX_ROWS or size >= MAX_BYTES:
            yield batch
            batch, size = Batch(), 0
    if batch.rows:
        yield batch
